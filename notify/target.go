package notify

import "almanac/account"

// CheckTarget judges, beyond the form, whether a channel can be sent to.
func CheckTarget(c *account.Channel) error { return c.Check() }
