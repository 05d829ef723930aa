package account

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// What every authenticator app takes: RFC 6238 section 4.1 with the step that it
// recommends, RFC 4226 section 5.3 with six digits and SHA-1.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpOctets = 20 // of the secret; RFC 4226 section 4 R6 recommends 160 bits
	// totpDrift is how many steps the phone's clock may be early or late:
	// RFC 6238 section 5.2 has one.
	totpDrift = 1
)

var base32Secret = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpCode is the code of one step: RFC 4226 section 5.3.
func totpCode(secret []byte, step uint64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, step))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// totpMatch returns the step that a code is of, if that is about now and after the
// last one that was used: RFC 6238 section 5.2 takes each code once.
func totpMatch(secret []byte, code string, now time.Time, last uint64) (step uint64, ok bool) {
	present := uint64(now.Unix()) / uint64(totpStep/time.Second)
	for s := present - totpDrift; s <= present+totpDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpURI is what authenticator apps read from a QR code. issuer is what they show
// above the user name: the name of the server, say.
func totpURI(issuer, user, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(user) + "?" + escapeQuery(q)
}

// escapeQuery writes blanks as %20: apps show the plus sign as it is.
func escapeQuery(q url.Values) string {
	text := q.Encode()
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		if text[i] == '+' {
			out = append(out, "%20"...)
			continue
		}
		out = append(out, text[i])
	}
	return string(out)
}
