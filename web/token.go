package web

import (
	"encoding/base64"
	"fmt"
	"io"
)

// newToken makes a text that nobody guesses: 160 bits.
func newToken(random io.Reader) (string, error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}
