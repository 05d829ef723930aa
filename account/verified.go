package account

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"almanac/store"
)

// verified is what is known of a right password. It is worthless once the home has
// another SecretRev, or the app password is gone.
type verified struct {
	who Identity
	app *verifiedApp // nil for an account's own password
	// twoFactor tells that the password alone opens the pages at most. Turning that
	// on gives another SecretRev, so that polls need not ask.
	twoFactor bool

	mu    sync.Mutex
	at    time.Time // when it was last hashed and compared
	nets  []network // from where it was right, newest last
	noted time.Time // when its use was last written down; of app passwords
}

// verifiedApp is what recalling an app password needs.
type verifiedApp struct {
	key     string // of its record
	value   []byte // of its record
	expires time.Time
}

// How many networks are kept for one credential: the devices of a household are
// in two or three at a time.
const netsPerCredential = 16

// errOtherDoor tells that a credential, right as it is, does not open this door.
var errOtherDoor = errors.New("not for this door")

// recall returns the identity behind a credential verified earlier. It is
// ErrCredentials when the home is gone, its password was changed since, or the app
// password was removed or ended.
func (a *Authenticator) recall(ctx context.Context, v *verified, t *attempt) (Identity, error) {
	if v.app != nil && t.door != doorDAV || v.twoFactor && t.door == doorDAV {
		return Identity{}, errOtherDoor
	}
	err := a.st.View(ctx, func(s store.Snapshot) error {
		if v.app != nil {
			if !v.app.expires.IsZero() && !t.now.Before(v.app.expires) {
				return ErrCredentials
			}
			r, err := s.Record(factAppPassword, v.app.key)
			if err == nil && !bytes.Equal(r.Value, v.app.value) {
				return ErrCredentials
			}
			return err
		}
		h, err := s.Home(v.who.Home)
		if err == nil && h.SecretRev != v.who.SecretRev {
			return ErrCredentials
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrCredentials
	}
	if err != nil {
		return Identity{}, err
	}
	return v.who, nil
}

// standing tells whether the credential was verified a short while ago, and
// whether it was right from this network before.
func (v *verified) standing(net network, now time.Time, remember time.Duration) (fresh, trusted bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	age := now.Sub(v.at)
	return age < remember && age > -remember, slices.Contains(v.nets, net)
}

// keep remembers that the credential was right, and from where. app is nil for an
// account's own password, and two tells whether a code is asked for besides.
func (a *Authenticator) keep(t *attempt, who Identity, app *verifiedApp, two bool) *verified {
	v, ok := a.verified.Get(t.print)
	if !ok || v.who.Home != who.Home || v.who.SecretRev != who.SecretRev || v.who.App != who.App || v.twoFactor != two {
		v = &verified{who: who, app: app, twoFactor: two, at: t.now}
		a.verified.Add(t.print, v)
	}
	if v.comesFrom(t.net, t.now, a.remember) && t.door == doorDAV {
		a.notes.signIn(signIn{who: who, door: t.door, addr: t.from.Addr, net: t.net, client: t.from.Client, at: t.now})
	}
	return v
}

// comesFrom notes where the credential was right, and tells whether it was not
// known from there.
func (v *verified) comesFrom(net network, now time.Time, remember time.Duration) (first bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if age := now.Sub(v.at); age >= remember || age <= -remember {
		v.at = now
	}
	first = true
	if i := slices.Index(v.nets, net); i >= 0 {
		first = false
		v.nets = slices.Delete(v.nets, i, i+1)
	} else if len(v.nets) == netsPerCredential {
		v.nets = slices.Delete(v.nets, 0, 1)
	}
	v.nets = append(v.nets, net)
	return first
}

// useEvery is how often the use of an app password is written down.
const useEvery = 5 * time.Minute

// use has the use of an app password written down, now and then, by Run.
func (a *Authenticator) use(v *verified, t *attempt) {
	if v.app == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if age := t.now.Sub(v.noted); age < useEvery && age > -useEvery {
		return
	}
	use := appUse{At: t.now.UTC(), Addr: t.from.Addr.Unmap().WithZone("").String(), Client: shorten(t.from.Client, 200)}
	if a.notes.use(v.app.key, appNote{home: v.who.Home, value: v.app.value, use: use}) {
		v.noted = t.now
	}
}
