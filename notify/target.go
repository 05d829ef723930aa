package notify

import (
	"fmt"
	"time"

	"almanac/account"
)

// CheckTarget judges, beyond its form, whether a channel can be sent to. Whether a
// server of one's own network may be asked is not judged here: that is the server's
// setting, and who sends sees to it. The error is an account.ErrChannel.
func CheckTarget(c *account.Channel) error {
	if err := c.Check(); err != nil {
		return err
	}
	courier := NewCourier(true, nil, time.Now)
	var err error
	switch c.Kind {
	case account.Browser:
		err = (&Pusher{courier: courier}).Check(c)
	case account.Chat:
		err = NewChatter(courier).Check(c)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", account.ErrChannel, err)
	}
	return nil
}
