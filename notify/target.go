package notify

import (
	"fmt"
	"time"

	"almanac/account"
)

// CheckTarget judges, beyond its form, whether a channel can be sent to. private lets
// servers be in the server's own network. The error is an account.ErrChannel.
func CheckTarget(c *account.Channel, private bool) error {
	err := c.Check()
	if err != nil {
		return err
	}
	courier := NewCourier(private, nil, time.Now)
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
