package account

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The cost of one password check. OWASP's password storage cheat sheet names
// 19 MiB, two passes and one lane as the least for argon2id: tens of milliseconds,
// paid once in a few minutes for each device (see Authenticator).
const (
	hashMemory = 19 * 1024 // KiB
	hashTime   = 2         // passes
	hashLanes  = 1
	hashOctets = 32

	// SaltOctets is the length of the salt that Hash wants.
	SaltOctets = 16
)

// What a stored hash may ask for: enough for every recommendation, and little
// enough that one check harms nobody.
const (
	maxHashMemory = 256 * 1024 // KiB
	maxHashTime   = 16
	maxHashLanes  = 16
)

// MaxPassword is the longest password, in octets.
const MaxPassword = 1024

// ErrHash tells that a stored password hash is not one that Verify can read.
var ErrHash = errors.New("not an argon2id hash in PHC string form")

// A hashed password in its parts.
type phc struct {
	memory, time uint32 // KiB, passes
	lanes        uint8
	salt, sum    []byte
}

// Hash returns the argon2id hash of a password in PHC string form,
// "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH". The salt is SaltOctets random
// octets. Passwords are compared in Unicode's NFC form, as RFC 8265 section 4.2
// has it: a Mac types the same letters in other octets than Windows.
func Hash(password string, salt []byte) string {
	p := phc{memory: hashMemory, time: hashTime, lanes: hashLanes, salt: salt}
	p.sum = p.derive(password, hashOctets)
	return p.String()
}

// Verify tells whether password is the one that was hashed. A hash that cannot
// be read is ErrHash.
func Verify(hash, password string) (bool, error) {
	p, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(p.sum, p.derive(password, len(p.sum))) == 1, nil
}

// newDecoy makes what looks like a hash, at the cost of reading random octets: no
// password is known that fits it, and refusing one takes as long as with a real hash.
func newDecoy(random io.Reader) (string, error) {
	p := phc{memory: hashMemory, time: hashTime, lanes: hashLanes, salt: make([]byte, SaltOctets), sum: make([]byte, hashOctets)}
	for _, octets := range [][]byte{p.salt, p.sum} {
		if _, err := io.ReadFull(random, octets); err != nil {
			return "", fmt.Errorf("read randomness for a decoy hash: %w", err)
		}
	}
	return p.String(), nil
}

// NeedsRehash tells that a hash was made at less cost than Hash would take
// today, or cannot be read: the password should be set anew.
func NeedsRehash(hash string) bool {
	p, err := parsePHC(hash)
	return err != nil || p.memory < hashMemory || p.time < hashTime || len(p.sum) < hashOctets
}

func (p phc) derive(password string, octets int) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), p.salt, p.time, p.memory, p.lanes, uint32(octets))
}

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.lanes,
		base64.RawStdEncoding.EncodeToString(p.salt), base64.RawStdEncoding.EncodeToString(p.sum))
}

func parsePHC(s string) (phc, error) {
	var p phc
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, ErrHash
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return p, fmt.Errorf("%w: version %q", ErrHash, parts[2])
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return p, fmt.Errorf("%w: parameters %q", ErrHash, parts[3])
	}
	m, errM := parseCost(costs[0], "m=", maxHashMemory)
	t, errT := parseCost(costs[1], "t=", maxHashTime)
	l, errL := parseCost(costs[2], "p=", maxHashLanes)
	if err := errors.Join(errM, errT, errL); err != nil {
		return p, fmt.Errorf("%w: %w", ErrHash, err)
	}
	p.memory, p.time, p.lanes = m, t, uint8(l)
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return p, fmt.Errorf("%w: salt", ErrHash)
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.sum) < 16 || len(p.sum) > 128 {
		return p, fmt.Errorf("%w: sum", ErrHash)
	}
	return p, nil
}

func parseCost(s, prefix string, most uint32) (uint32, error) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0, fmt.Errorf("parameter %q is not %s", s, prefix)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < 1 || uint32(n) > most {
		return 0, fmt.Errorf("parameter %q is not between 1 and %d", s, most)
	}
	return uint32(n), nil
}

// The letters of random passwords: no l, o, 0 or 1, which are misread from a
// screen, and no upper case or signs, which are slow to type on a phone.
const passwordLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// NewPassword returns a random password of 100 bits in four groups that are easy
// to type on a phone: "k3wtq-9xj2m-…". random is a source of secure randomness.
func NewPassword(random io.Reader) (string, error) {
	const groups, size = 4, 5
	letters, err := randomLetters(random, groups*size)
	if err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	var b strings.Builder
	for i := 0; i < len(letters); i += size {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(letters[i : i+size])
	}
	return b.String(), nil
}

// randomLetters returns so many of the letters of random passwords.
func randomLetters(random io.Reader, n int) (string, error) {
	raw := make([]byte, n)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	for i, r := range raw {
		raw[i] = passwordLetters[int(r)%len(passwordLetters)] // 32 letters: no bias
	}
	return string(raw), nil
}

// NewSecret hashes a password under a fresh salt, checking that it can serve as one.
func NewSecret(password string, random io.Reader) (string, error) {
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case len(password) > MaxPassword:
		return "", fmt.Errorf("the password is longer than %d octets", MaxPassword)
	}
	salt := make([]byte, SaltOctets)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("read randomness for a salt: %w", err)
	}
	return Hash(password, salt), nil
}
