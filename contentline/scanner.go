package contentline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Scanner cuts a stream of any size into its top-level components without
// reading their lines: an import then parses one at a time. Memory is bounded by
// the largest component it accepts.
type Scanner struct {
	r       *bufio.Reader
	name    string
	limit   int
	newline byte // 0 until the first octets are seen
	line    int  // the line about to be read, counted from 1
	held    []byte
	repairs []Repair
	err     error
}

// NewScanner reads components of that upper-case name, VCALENDAR or VCARD; ""
// takes any. Others are skipped and reported in Repairs.
func NewScanner(r io.Reader, name string) *Scanner {
	return &Scanner{r: bufio.NewReaderSize(r, 64<<10), name: name, limit: DefaultLimits.Octets, line: 1}
}

// Limit sets the octets that one component may have instead of
// DefaultLimits.Octets.
func (s *Scanner) Limit(octets int) { s.limit = octets }

// Repairs returns what lay outside of components and was skipped, in source
// order: the first thousand, one for each run of lines.
func (s *Scanner) Repairs() []Repair { return s.repairs }

// Next returns the next component's octets, from its BEGIN line to the line
// break of its END line, and the line of BEGIN counted from 1. The slice is the
// caller's. The error is io.EOF at the end of the stream. A *SyntaxError tells of
// a component that is too long or never ends; the scanner has passed it, and the
// next call goes on behind it. Any other error is the reader's and final.
func (s *Scanner) Next() (block []byte, line int, err error) {
	for {
		begin, at, err := s.findBegin()
		if err != nil {
			return nil, 0, err
		}
		name := frameName(begin)
		block, err := s.readBody(begin, at, name)
		if err != nil {
			return nil, at, err
		}
		if s.name == "" || strings.EqualFold(name, s.name) {
			return block, at, nil
		}
		s.junk(at)
	}
}

// findBegin skips to the next BEGIN line and returns it with its number.
func (s *Scanner) findBegin() (begin []byte, line int, err error) {
	skipping := false
	for {
		text, long := s.held, false
		s.held = nil
		if text == nil {
			text, err = s.readLine(nil, s.limit)
			long = errors.Is(err, errLong)
			if err != nil && !long {
				return nil, 0, err
			}
		}
		at := s.line
		s.line++
		if at == 1 && bytes.HasPrefix(text, []byte("\ufeff")) {
			text = text[len("\ufeff"):]
		}
		switch {
		case !long && isBegin(text):
			return text, at, nil
		case !long && len(bytes.TrimSpace(text)) == 0:
		case !skipping:
			s.junk(at)
			skipping = true
		}
	}
}

// readBody reads on to the END line that closes begin. A BEGIN of the same name
// that nothing announces means that the END is missing: it is left for the next
// call.
func (s *Scanner) readBody(begin []byte, at int, name string) ([]byte, error) {
	block, depth := begin, 1
	tooLong := false
	agent := false // the line before is an AGENT property of vCard 2.1 or a component of another kind
	for {
		start := len(block)
		var err error
		block, err = s.readLine(block, s.limit)
		long := errors.Is(err, errLong)
		if err == io.EOF {
			return nil, &SyntaxError{Line: at, Reason: "BEGIN:" + quote(name) + " without END"}
		}
		if err != nil && !long {
			return nil, err
		}
		text := block[start:]
		switch {
		case long:
			tooLong = true
		case isEnd(text):
			depth--
		case isBegin(text):
			inner := frameName(text)
			if !agent && strings.EqualFold(inner, name) {
				s.held = bytes.Clone(text)
				return nil, &SyntaxError{Line: at, Reason: fmt.Sprintf("BEGIN:%s without END before line %d", quote(name), s.line)}
			}
			depth++
		}
		if len(bytes.TrimSpace(text)) > 0 {
			agent = len(text) >= 5 && bytes.EqualFold(text[:5], []byte("AGENT"))
		}
		s.line++
		if depth == 0 {
			break
		}
		if tooLong {
			block = block[:0] // only the frame lines matter from here on
		}
	}
	if tooLong {
		return nil, &SyntaxError{Line: at, Reason: fmt.Sprintf("component of more than %d octets", s.limit)}
	}
	return block, nil
}

// errLong says that a line did not fit.
var errLong = errors.New("line too long")

// readLine appends the next physical line with its line break to block. A line
// that would make block longer than limit is read to its end but not kept, and
// errLong returned. io.EOF comes only when there is no octet left.
func (s *Scanner) readLine(block []byte, limit int) ([]byte, error) {
	if s.err != nil {
		return block, s.err
	}
	if s.newline == 0 {
		s.newline = '\n'
		// A full buffer with no LF at all is a file of CR line ends.
		head, _ := s.r.Peek(s.r.Size())
		if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
			s.newline = '\r'
		}
	}
	start, long := len(block), false
	for {
		part, err := s.r.ReadSlice(s.newline)
		if len(block)+len(part) > limit {
			long = true
		}
		if !long {
			block = append(block, part...)
		}
		switch {
		case err == nil && long:
			return block[:start], errLong
		case err == nil:
			return block, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		}
		s.err = err
		switch {
		case long:
			return block[:start], errLong
		case err == io.EOF && len(block) > start:
			return block, nil
		}
		return block, err
	}
}

// junk records a skipped run of lines.
func (s *Scanner) junk(line int) {
	if len(s.repairs) < maxRepairs {
		s.repairs = append(s.repairs, Repair{line, RepairJunk})
	}
}

func isBegin(line []byte) bool {
	return len(line) > 6 && bytes.EqualFold(line[:6], []byte("BEGIN:")) && frameName(line) != ""
}

func isEnd(line []byte) bool {
	return len(line) > 4 && bytes.EqualFold(line[:4], []byte("END:")) && frameName(line) != ""
}

// frameName is the component's name on a BEGIN or END line, "" when that is none.
func frameName(line []byte) string {
	_, name, _ := bytes.Cut(line, []byte(":"))
	if n := string(bytes.TrimSpace(name)); isToken(n) {
		return n
	}
	return ""
}
