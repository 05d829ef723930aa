// Package seal gives values to others to keep: they can neither read nor change them,
// and after a while they are worth nothing. What strangers begin costs no memory that
// way, and a link in a mail needs no row that says what it is for.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Sealer seals and opens with one key.
type Sealer struct{ aead cipher.AEAD }

// ErrSealed is a text that was not sealed with the key for that purpose, or whose time
// is over.
var ErrSealed = errors.New("not sealed here, or too long ago")

// maxSealed is the longest text that is looked at, in octets.
const maxSealed = 4096

// New makes a Sealer with a key of 32 octets.
func New(key []byte) (*Sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead}, nil
}

// NewRandom makes a Sealer whose key lives as long as the process.
func NewRandom(random io.Reader) (*Sealer, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return New(key)
}

type sealed struct {
	Until int64           `json:"u"` // Unix seconds
	Value json.RawMessage `json:"v"`
}

// Seal makes a text of v, which is marshalled as JSON, that Open takes until a
// moment, for the same purpose.
func (s *Sealer) Seal(purpose string, v any, until time.Time) (string, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(sealed{until.Unix(), value})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(purpose)))
	if len(text) > maxSealed {
		return "", fmt.Errorf("%d octets are too many to seal", len(plain))
	}
	return text, nil
}

// Open reads what Seal made, or returns ErrSealed.
func (s *Sealer) Open(purpose, text string, now time.Time, v any) error {
	if len(text) > maxSealed {
		return ErrSealed
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrSealed
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(purpose))
	if err != nil {
		return ErrSealed
	}
	var in sealed
	if json.Unmarshal(plain, &in) != nil || now.Unix() >= in.Until || json.Unmarshal(in.Value, v) != nil {
		return ErrSealed
	}
	return nil
}
