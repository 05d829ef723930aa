package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"

	"almanac/contentline"
	"almanac/store"
	"almanac/vcard"
)

// A readCard is a card of a file on its way in.
type readCard struct {
	block []byte // as it is in the file
	line  int
	err   error // of reading it: a *contentline.SyntaxError, or nothing more can be read

	body  []byte // as it is to be stored, once it is judged
	index store.Index
	fault error // why it cannot be stored
}

// Cards are judged so many at once, or so many octets: in the time that the ones
// before take to be stored, on all processors.
const (
	judgedCards  = 256
	judgedOctets = 1 << 20
)

// cardFile takes in a file of cards, as it comes.
func (in *intake) cardFile(name string, r io.Reader) error {
	bar := in.env.progress(name, -1, false)
	defer bar.Finish()
	scan := contentline.NewScanner(r, "VCARD")
	scan.Limit(maxImported)
	ctx, stop := context.WithCancel(in.env.Ctx)
	judged := make(chan []readCard)
	go func() {
		defer close(judged)
		for more := true; more; {
			var some []readCard
			some, more = nextCards(scan)
			in.judge(some)
			select {
			case judged <- some:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		stop()
		for range judged { // until nobody reads the file any more
		}
	}()
	found := false
	for some := range judged {
		for i := range some {
			c := &some[i]
			found = true
			bar.Add(1)
			var syntax *contentline.SyntaxError
			switch {
			case errors.As(c.err, &syntax):
				in.reject(arrival{source: name, line: syntax.Line}, errors.New(syntax.Reason))
				continue
			case c.err != nil:
				return &partError{c.err}
			case in.env.Ctx.Err() != nil:
				return in.env.Ctx.Err()
			}
			if err := in.card(name, c); err != nil {
				return err
			}
		}
	}
	if err := in.env.Ctx.Err(); err != nil {
		return err
	}
	for _, r := range scan.Repairs() {
		in.reject(arrival{source: name, line: r.Line}, errors.New("text outside of a vCard"))
	}
	if !found {
		return partErrorf("there is no vCard in it")
	}
	return nil
}

// nextCards reads the next cards of a file. There are no more at its end, and after a
// fault that is more than a card's.
func nextCards(scan *contentline.Scanner) (some []readCard, more bool) {
	for octets := 0; len(some) < judgedCards && octets < judgedOctets; {
		block, line, err := scan.Next()
		if err == io.EOF {
			return some, false
		}
		some = append(some, readCard{block: block, line: line, err: err})
		octets += len(block)
		var syntax *contentline.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			return some, false
		}
	}
	return some, true
}

// judge finds out of cards how they can be stored.
func (in *intake) judge(cards []readCard) {
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(cards))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(cards); i += workers {
				c := &cards[i]
				if c.err != nil {
					continue
				}
				c.body = withLineFeeds(c.block)
				if c.index, c.fault = in.validate(c.body); c.fault == nil {
					continue // nearly always: it can be stored as it is
				}
				if c.body, c.fault = storableCard(c.block); c.fault == nil {
					c.index, c.fault = in.validate(c.body)
				}
			}
		})
	}
	wg.Wait()
}

// card takes in one card that was judged.
func (in *intake) card(name string, c *readCard) error {
	a := arrival{source: name, line: c.line, body: c.body, index: c.index}
	if err := c.fault; err != nil {
		if card, parseErr := vcard.Parse(c.block); parseErr == nil {
			a.index.UID = card.UID
		}
		at, reason := cardFault(err)
		if v := vcard.VersionOf(c.block); at > 0 && (c.body == nil || v != vcard.V21 && v != "") {
			a.line = c.line + at - 1 // otherwise it is a line of what 2.1 became
		}
		in.reject(a, errors.New(reason))
		return nil
	}
	_, err := in.take(a)
	return err
}

// cardFault takes an error about a card apart: its line in the card, or 0, and
// the reason.
func cardFault(err error) (line int, reason string) {
	var inv *vcard.Invalid
	var syntax *contentline.SyntaxError
	switch {
	case errors.As(err, &inv):
		return inv.Line, inv.Reason
	case errors.As(err, &syntax):
		return syntax.Line, syntax.Reason
	}
	return 0, err.Error()
}

// storableCard brings a card of a file to what can be stored: 2.1 to 3.0, CR line
// ends to CRLF, and a UID where there is none. That UID follows from the text, so
// that the same file makes no doubles.
func storableCard(block []byte) ([]byte, error) {
	body := withLineFeeds(block)
	c, err := vcard.Parse(body)
	if err != nil {
		return nil, err
	}
	if c.Version == vcard.V21 || c.Version == "" {
		if body, err = vcard.Upgrade(body); err != nil {
			return nil, err
		}
	}
	if c.UID == "" {
		breaks := strings.NewReplacer("\r", "", "\n", "")
		body = vcard.WithUID(body, vcard.GenerateUID(hash16([]byte(breaks.Replace(string(block))))))
	}
	return body, nil
}

// withLineFeeds gives CRLF line ends to a text that has CR alone, as old
// Macintosh programs wrote: joined with others, its lines could not be told apart.
func withLineFeeds(text []byte) []byte {
	if bytes.IndexByte(text, '\n') >= 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\r\n"))
}
