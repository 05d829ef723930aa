package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// ErrCode tells that a code is wrong, or was used already.
var ErrCode = errors.New("wrong or used code")

// ErrNotBegun tells that two-factor authentication was not begun, or too long ago,
// or is not on.
var ErrNotBegun = errors.New("two-factor authentication was not begun")

// A TwoFactor is how an account stands with two-factor authentication.
type TwoFactor struct {
	On            bool
	Since         time.Time
	RecoveryCodes int // how many are left
}

// The kinds of record of two-factor authentication: see doc.go.
const (
	factTwoFactor      = "two-factor"
	factTwoFactorBegun = "two-factor-begun"
)

// recoveryCodes is how many an account gets.
const recoveryCodes = 10

// recoveryLetters is the length of one: 50 bits, tried as seldom as passwords are.
const recoveryLetters = 10

// enrolTime is how long a secret waits for its first code.
const enrolTime = time.Hour

// twoFactorValue is the value of a record of either kind. The secret is kept as it
// is, since every check needs it; the file is its owner's alone.
type twoFactorValue struct {
	Secret   string    `json:"secret"` // base32
	Since    time.Time `json:"since"`
	Step     uint64    `json:"step,omitempty"`     // the last one whose code was used
	Recovery []string  `json:"recovery,omitempty"` // SHA-256 of each code, in hex
}

// TwoFactorOf tells how an account stands.
func TwoFactorOf(s store.Snapshot, home store.HomeID) (TwoFactor, error) {
	v, _, err := readTwoFactor(s, factTwoFactor, home)
	if err != nil || v == nil {
		return TwoFactor{}, err
	}
	return TwoFactor{On: true, Since: v.Since, RecoveryCodes: len(v.Recovery)}, nil
}

// readTwoFactor returns nil when there is no such record.
func readTwoFactor(s store.Snapshot, kind string, home store.HomeID) (*twoFactorValue, []byte, error) {
	v, raw, err := factOf[twoFactorValue](s, kind, homeKey(home))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, nil
	}
	return v, raw, err
}

// BeginTwoFactor makes a secret and returns it in base32, for typing, and as the
// URI that authenticator apps read from a QR code. issuer names the server. Nothing
// is asked for at sign-ins until ConfirmTwoFactor has seen a first code; where
// two-factor authentication is on, it stays as it is until then.
func BeginTwoFactor(ctx context.Context, st store.Store, home store.HomeID, issuer string, random io.Reader, now time.Time) (secret, uri string, err error) {
	raw := make([]byte, totpOctets)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", "", fmt.Errorf("read randomness for a two-factor secret: %w", err)
	}
	secret = base32Secret.EncodeToString(raw)
	err = st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err == nil {
			uri = totpURI(issuer, h.Name, secret)
		}
		return err
	})
	if err == nil {
		_, err = st.Apply(ctx, &store.Batch{Home: home, At: now, Ops: []store.Op{
			fact(factTwoFactorBegun, homeKey(home), &twoFactorValue{Secret: secret, Since: now.UTC()}),
		}})
	}
	if err != nil {
		return "", "", fmt.Errorf("begin two-factor authentication: %w", err)
	}
	return secret, uri, nil
}

// ConfirmTwoFactor turns two-factor authentication on once a code shows that the
// app has the secret, and returns the recovery codes, which are kept only as
// hashes. A code that does not fit is ErrCode; without BeginTwoFactor within the
// last hour it is ErrNotBegun.
func ConfirmTwoFactor(ctx context.Context, st store.Store, home store.HomeID, code, by string, random io.Reader, now time.Time) ([]string, error) {
	codes, hashes, err := newRecoveryCodes(random)
	if err != nil {
		return nil, err
	}
	b := &store.Batch{Home: home, By: by, At: now}
	var name string
	err = st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err != nil {
			return err
		}
		name = h.Name
		v, old, err := readTwoFactor(s, factTwoFactorBegun, home)
		if err != nil {
			return err
		}
		if v == nil || now.Sub(v.Since) > enrolTime {
			return ErrNotBegun
		}
		if v.Step, err = v.totp(code, now); err != nil {
			return err
		}
		v.Since, v.Recovery = now.UTC(), hashes
		b.Pre = []store.Pre{store.RecordIs{Kind: factTwoFactorBegun, Key: homeKey(home), Value: old}}
		b.Ops = []store.Op{store.DeleteRecord{Kind: factTwoFactorBegun, Key: homeKey(home)}, fact(factTwoFactor, homeKey(home), v),
			// Whoever remembers the password as enough learns that it is not.
			store.SetHome{NewRev: true}}
		return nil
	})
	if err == nil {
		_, err = st.Apply(ctx, b)
	}
	if err != nil {
		return nil, fmt.Errorf("turn two-factor authentication on: %w", err)
	}
	return codes, Audit(ctx, st, Event{At: now, Act: TwoFactorOn, Actor: by, Subject: name})
}

// EndTwoFactor turns two-factor authentication off; where it is off, nothing
// happens.
func EndTwoFactor(ctx context.Context, st store.Store, home store.HomeID, by string, now time.Time) error {
	name, on := "", false
	err := st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err != nil {
			return err
		}
		name = h.Name
		v, _, err := readTwoFactor(s, factTwoFactor, home)
		on = v != nil
		return err
	})
	if err == nil {
		_, err = st.Apply(ctx, &store.Batch{Home: home, By: by, At: now, Ops: []store.Op{
			store.DeleteRecord{Kind: factTwoFactorBegun, Key: homeKey(home)}, store.DeleteRecord{Kind: factTwoFactor, Key: homeKey(home)},
		}})
	}
	if err != nil {
		return fmt.Errorf("turn two-factor authentication off: %w", err)
	}
	if !on {
		return nil
	}
	return Audit(ctx, st, Event{At: now, Act: TwoFactorOff, Actor: by, Subject: name})
}

// NewRecoveryCodes makes new recovery codes in place of those that are left. Where
// two-factor authentication is off it is ErrNotBegun.
func NewRecoveryCodes(ctx context.Context, st store.Store, home store.HomeID, by string, random io.Reader, now time.Time) ([]string, error) {
	codes, hashes, err := newRecoveryCodes(random)
	if err != nil {
		return nil, err
	}
	var name string
	err = changeTwoFactor(ctx, st, home, now, func(h *store.Home, v *twoFactorValue) error {
		name, v.Recovery = h.Name, hashes
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	return codes, Audit(ctx, st, Event{At: now, Act: RecoveryCodesMade, Actor: by, Subject: name})
}

// changeTwoFactor writes what change makes of the record, unless somebody else
// changed it meanwhile: then it begins anew.
func changeTwoFactor(ctx context.Context, st store.Store, home store.HomeID, now time.Time, change func(*store.Home, *twoFactorValue) error) error {
	for {
		b := &store.Batch{Home: home, At: now}
		err := st.View(ctx, func(s store.Snapshot) error {
			h, err := s.Home(home)
			if err != nil {
				return err
			}
			v, old, err := readTwoFactor(s, factTwoFactor, home)
			if err == nil && v == nil {
				err = ErrNotBegun
			}
			if err == nil {
				err = change(h, v)
			}
			if err == nil {
				b.Pre = []store.Pre{store.RecordIs{Kind: factTwoFactor, Key: homeKey(home), Value: old}}
				b.Ops = []store.Op{fact(factTwoFactor, homeKey(home), v)}
			}
			return err
		})
		if err != nil {
			return err
		}
		_, err = st.Apply(ctx, b)
		var raced *store.PreconditionError
		if !errors.As(err, &raced) {
			return err
		}
	}
}

// useCode takes a code of an app, or a recovery code: each once, even when it
// comes twice at the same moment. recovery tells that it was one of those.
func useCode(ctx context.Context, st store.Store, home store.HomeID, code string, now time.Time) (recovery bool, err error) {
	err = changeTwoFactor(ctx, st, home, now, func(_ *store.Home, v *twoFactorValue) (err error) {
		recovery = false
		text := cleanCode(code)
		if len(text) == recoveryLetters {
			i := slices.Index(v.Recovery, hashRecovery(text))
			if i < 0 {
				return ErrCode
			}
			recovery = true
			v.Recovery = slices.Delete(v.Recovery, i, i+1)
			return nil
		}
		v.Step, err = v.totp(code, now)
		return err
	})
	return recovery, err
}

// totp returns the step of a code, or ErrCode.
func (v *twoFactorValue) totp(code string, now time.Time) (uint64, error) {
	secret, err := base32Secret.DecodeString(v.Secret)
	if err != nil {
		return 0, fmt.Errorf("two-factor secret: %w", err)
	}
	step, ok := totpMatch(secret, cleanCode(code), now, v.Step)
	if !ok {
		return 0, ErrCode
	}
	return step, nil
}

// cleanCode takes out of a code what is for reading. Codes that are too long for
// any kind are cut: they are wrong in any case.
func cleanCode(code string) string {
	var b strings.Builder
	for i := 0; i < len(code) && b.Len() <= recoveryLetters; i++ {
		switch c := code[i]; {
		case c == '-' || c == ' ':
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hashRecovery(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// newRecoveryCodes returns codes as they are shown, and their hashes.
func newRecoveryCodes(random io.Reader) (codes, hashes []string, err error) {
	for range recoveryCodes {
		text, err := randomLetters(random, recoveryLetters)
		if err != nil {
			return nil, nil, err
		}
		codes = append(codes, text[:recoveryLetters/2]+"-"+text[recoveryLetters/2:])
		hashes = append(hashes, hashRecovery(text))
	}
	return codes, hashes, nil
}
