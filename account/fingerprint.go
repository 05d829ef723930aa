package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"
)

// A fingerprint stands for a user name and a password: their HMAC-SHA256 under a
// key that was drawn when the process started, so that nothing in memory tells
// the password to who reads it later.
type fingerprint [sha256.Size]byte

// A macPool makes fingerprints without building a MAC for each.
type macPool struct{ pool sync.Pool }

type macState struct {
	mac hash.Hash
	buf []byte
}

func newMACPool(random io.Reader) (*macPool, error) {
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("read randomness for the credential cache: %w", err)
	}
	return &macPool{sync.Pool{New: func() any { return &macState{mac: hmac.New(sha256.New, key)} }}}, nil
}

// fingerprint has a NUL between user and password; no user name contains one.
func (p *macPool) fingerprint(user, password string) (f fingerprint) {
	s := p.pool.Get().(*macState)
	s.buf = append(append(append(s.buf[:0], user...), 0), password...)
	s.mac.Reset()
	s.mac.Write(s.buf)
	clear(s.buf)
	s.buf = s.mac.Sum(s.buf[:0])
	copy(f[:], s.buf)
	p.pool.Put(s)
	return f
}
