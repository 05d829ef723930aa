package web

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

// A sealer gives values to others to keep: they can neither read nor change them,
// and after a while they are worth nothing. What strangers begin costs no memory
// that way. The key lives as long as the process.
type sealer struct{ aead cipher.AEAD }

// errSealed is a text that this process did not seal for that purpose, or whose
// time is over.
var errSealed = errors.New("not sealed here, or too long ago")

// maxSealed is the longest text that is looked at, in octets.
const maxSealed = 4096

func newSealer(random io.Reader) (*sealer, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead}, nil
}

type sealed struct {
	Until int64           `json:"u"` // Unix seconds
	Value json.RawMessage `json:"v"`
}

// seal makes a text of v, which is marshalled as JSON, that open takes until a
// moment, for the same purpose.
func (s *sealer) seal(purpose string, v any, until time.Time) (string, error) {
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

// open reads what seal made, or returns errSealed.
func (s *sealer) open(purpose, text string, now time.Time, v any) error {
	if len(text) > maxSealed {
		return errSealed
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return errSealed
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(purpose))
	if err != nil {
		return errSealed
	}
	var in sealed
	if json.Unmarshal(plain, &in) != nil || now.Unix() >= in.Until || json.Unmarshal(in.Value, v) != nil {
		return errSealed
	}
	return nil
}

// newToken makes a text that nobody guesses: 160 bits.
func newToken(random io.Reader) (string, error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}
