package account

import "testing"

func TestCan(t *testing.T) {
	owner := Identity{Home: 7, Name: "ann"}
	for _, c := range []struct {
		who  Identity
		act  Privilege
		want bool
	}{
		{owner, Read, true},
		{owner, Write, true},
		{owner, Bind | Unbind, true},
		{owner, ReadACL | ReadCurrentUserPrivilegeSet | ReadFreeBusy, true},
		{owner, WriteACL, false},
		{owner, Read | Unlock, false},
		{owner, 0, false},
		{Identity{Home: 8}, Read, false},
		{Identity{}, Read, false},
	} {
		if got := Can(c.who, c.act, 7); got != c.want {
			t.Errorf("Can(%+v, %b) = %v", c.who, c.act, got)
		}
	}
	if Can(Identity{}, Read, 0) {
		t.Error("nobody may read what is nobody's")
	}
}
