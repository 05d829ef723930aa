package davtest

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// A transcript is a parsed file. Text keeps all lines, so that it can be written
// back with other replies.
type transcript struct {
	exchanges []*exchange
	tail      []string // comments at the end
}

// An exchange is a request and the reply expected.
type exchange struct {
	line    int      // of the request, counted from 1
	comment []string // the lines before the request
	request []string // the lines of the request, as written
	Request

	status  int // 0: no reply is written down yet
	aborted bool
	header  []string // "Name: value" or "Name: -"
	body    []string // as written
}

var (
	requestLine = regexp.MustCompile(`^([^\s<>]*)> ([A-Z]+) (\S+)$`)
	replyLine   = regexp.MustCompile(`^<- ?(\d*|aborted)$`)
	headerLine  = regexp.MustCompile(`^[A-Za-z0-9-]+: ?.*$`)
)

func isBorder(line string) bool {
	return strings.HasPrefix(line, "# ") || line == "#" || requestLine.MatchString(line) || replyLine.MatchString(line)
}

// parseTranscript reads a file.
func parseTranscript(src string) (*transcript, error) {
	lines := strings.Split(strings.TrimRight(src, "\n"), "\n")
	var t transcript
	i := 0
	// block reads headers and body up to the next border.
	block := func() (header, body []string) {
		for ; i < len(lines) && !isBorder(lines[i]) && headerLine.MatchString(lines[i]); i++ {
			header = append(header, lines[i])
		}
		for ; i < len(lines) && !isBorder(lines[i]); i++ {
			body = append(body, lines[i])
		}
		for len(body) > 0 && body[0] == "" {
			body = body[1:]
		}
		for len(body) > 0 && body[len(body)-1] == "" {
			body = body[:len(body)-1]
		}
		return header, body
	}
	for i < len(lines) {
		var comment []string
		for ; i < len(lines) && !requestLine.MatchString(lines[i]); i++ {
			if lines[i] != "" && !strings.HasPrefix(lines[i], "#") {
				return nil, fmt.Errorf("line %d: %q is neither a request nor a comment", i+1, lines[i])
			}
			if lines[i] != "" || len(comment) > 0 {
				comment = append(comment, lines[i])
			}
		}
		if i == len(lines) {
			t.tail = comment
			break
		}
		x := &exchange{line: i + 1, comment: comment}
		m := requestLine.FindStringSubmatch(lines[i])
		x.User, x.Method, x.Target = m[1], m[2], m[3]
		i++
		header, body := block()
		x.Header = header
		x.request = lines[x.line-1 : i]
		for len(x.request) > 1 && x.request[len(x.request)-1] == "" {
			x.request = x.request[:len(x.request)-1]
		}
		var err error
		if x.Body, err = plainBody(body); err != nil {
			return nil, fmt.Errorf("line %d: body of the request: %w", x.line, err)
		}
		if i < len(lines) && replyLine.MatchString(lines[i]) {
			word := replyLine.FindStringSubmatch(lines[i])[1]
			if word == "aborted" {
				x.aborted = true
			} else {
				x.status, _ = strconv.Atoi(word)
			}
			i++
			x.header, x.body = block()
		}
		t.exchanges = append(t.exchanges, x)
	}
	return &t, nil
}

// String is the file's text.
func (t *transcript) String() string {
	var out strings.Builder
	write := func(lines []string) {
		for _, l := range lines {
			out.WriteString(l + "\n")
		}
	}
	for i, x := range t.exchanges {
		if i > 0 {
			out.WriteString("\n")
		}
		write(x.comment)
		write(x.request)
		switch {
		case x.aborted:
			out.WriteString("<- aborted\n")
		default:
			fmt.Fprintf(&out, "<- %d\n", x.status)
		}
		write(x.header)
		if len(x.body) > 0 {
			out.WriteString("\n")
			write(x.body)
		}
	}
	if len(t.tail) > 0 {
		out.WriteString("\n")
	}
	write(t.tail)
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// plainBody returns the octets that the lines of a body stand for.
func plainBody(lines []string) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	text := strings.Join(lines, "\n")
	switch {
	case text[0] == '"' || text[0] == '`':
		return strconv.Unquote(text)
	case strings.HasPrefix(text, "BEGIN:"):
		return strings.ReplaceAll(text, "\n", "\r\n") + "\r\n", nil
	}
	return text, nil
}

// shownBody is the opposite of plainBody.
func shownBody(body string) []string {
	if body == "" {
		return nil
	}
	crlf := strings.ReplaceAll(body, "\r\n", "\n")
	if strings.HasPrefix(body, "BEGIN:") && strings.HasSuffix(body, "\r\n") && !strings.ContainsRune(crlf, '\r') &&
		strings.Count(body, "\n") == strings.Count(body, "\r\n") && printable(crlf) {
		return strings.Split(strings.TrimSuffix(crlf, "\n"), "\n")
	}
	if !strings.HasPrefix(body, "BEGIN:") && body[0] != '"' && body[0] != '`' && body[0] != '\n' && !strings.HasSuffix(body, "\n") && printable(body) {
		return strings.Split(body, "\n")
	}
	return []string{strconv.Quote(body)}
}

// printable tells whether a text can stand in a file as it is.
func printable(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if isBorder(line) {
			return false
		}
		for _, r := range line {
			if r < ' ' || r == 0x7F || r == '\uFEFF' || r == '\uFFFD' {
				return false
			}
		}
	}
	return true
}

// isXML tells whether a reply's body is compared as XML.
func isXML(h http.Header) bool { return strings.Contains(h.Get("Content-Type"), "xml") }
