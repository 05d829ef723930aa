package account

import (
	"net/netip"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var testRule = Throttle{AccountFree: 2, NetworkFree: 4, First: time.Second, AccountMost: 5 * time.Second, NetworkMost: 20 * time.Second, Forget: time.Hour, Refused: 10, Entries: 4}

func net(s string) network { return networkOf(netip.MustParseAddr(s)) }

func TestThrottleDoublesUpToTheLongest(t *testing.T) {
	th := newThrottle(testRule)
	now := noon
	var waits []time.Duration
	for range 8 {
		if w := th.begin("ann", net("192.0.2.1"), now); w != 0 {
			t.Fatalf("refused after the wait was over: %s more", w)
		}
		w := th.begin("ann", net("192.0.2.1"), now)
		if w == 0 { // within the free tries: take it back
			th.forgive("ann", net("192.0.2.1"))
		}
		waits = append(waits, w)
		now = now.Add(w)
	}
	// The waits are told in whole seconds, the last begun one included. From the
	// fifth try on the network counts too.
	want := []time.Duration{0, 0, 2, 3, 5, 6, 6, 9}
	for i := range want {
		if waits[i] != want[i]*time.Second {
			t.Fatalf("waits are %v, want %v seconds", waits, want)
		}
	}
}

func TestThrottleIsPerAccountAndPerNetwork(t *testing.T) {
	th := newThrottle(testRule)
	for range 3 {
		th.begin("ann", net("192.0.2.1"), noon)
	}
	for _, c := range []struct {
		user, addr string
		refused    bool
	}{
		{"ann", "198.51.100.7", true}, // the account is slowed from everywhere
		{"bob", "192.0.2.1", false},   // the network not yet
	} {
		if w := th.begin(c.user, net(c.addr), noon); (w > 0) != c.refused {
			t.Errorf("%s from %s waits %s", c.user, c.addr, w)
		}
	}
	th.begin("eve", net("192.0.2.1"), noon) // the fifth from there
	if w := th.begin("dan", net("192.0.2.1"), noon); w == 0 {
		t.Error("a network that tries many accounts is not slowed")
	}
}

func TestThrottleForgets(t *testing.T) {
	th := newThrottle(testRule)
	for range 3 {
		th.begin("ann", net("192.0.2.1"), noon)
	}
	later := noon.Add(time.Hour + time.Second)
	for i := range 2 {
		if w := th.begin("ann", net("192.0.2.1"), later); w != 0 {
			t.Errorf("try %d an hour later waits %s", i, w)
		}
	}
}

func TestThrottleWaitIsBoundedWhenTheClockIsSetBack(t *testing.T) {
	th := newThrottle(testRule)
	for range 3 {
		th.begin("ann", net("192.0.2.1"), noon)
	}
	if w := th.begin("ann", net("192.0.2.1"), noon.Add(-24*time.Hour)); w > testRule.NetworkMost {
		t.Errorf("waits %s", w)
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	th := newThrottle(testRule)
	for i := range 1000 {
		th.begin(string(rune('a'+i)), networkOf(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})), noon)
	}
	if a, n := th.accounts.Len(), th.networks.Len(); a != 4 || n != 4 {
		t.Errorf("keeps %d accounts and %d networks", a, n)
	}
}

func TestNetworkOf(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	} {
		if same := net(c.a) == net(c.b); same != c.same {
			t.Errorf("%s and %s: one network is %v", c.a, c.b, same)
		}
	}
	if networkOf(netip.Addr{}) != (network{}) {
		t.Error("no address is not the zero network")
	}
}
