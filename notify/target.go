package notify

import (
	"time"

	"almanac/account"
)

// CheckTarget judges, beyond its form, whether a channel can be sent to. private lets
// chat servers be in the server's own network.
func CheckTarget(c *account.Channel, private bool) error {
	if err := c.Check(); err != nil || c.Kind != account.Chat {
		return err
	}
	return NewChatter(NewCourier(private, nil, time.Now)).Check(c)
}
