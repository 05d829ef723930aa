package control

import (
	"io"
)

// A Request is what a command was called with.
type Request struct {
	Args []string // without the program's name
	Term Term
	User string // the login name of whoever called, as their process says; "" if unknown
}

// Term tells about the terminal of whoever called.
type Term struct {
	Stdin, Stdout, Stderr bool   // each is a terminal
	Width                 int    // of it in columns; 0 when not known
	Lang                  string // as in $LANG
	Plain                 bool   // no colours: $NO_COLOR is set, or the terminal has none
}

// A Caller is whoever called a command, and what they lend it.
type Caller struct {
	Request

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Open opens a file of the caller for reading. A relative name is meant in
	// the caller's working folder.
	Open func(name string) (io.ReadCloser, error)
	// Create makes a file of the caller, or replaces it when it is complete.
	Create func(name string) (Output, error)
	// Secret asks the caller for a line that is not shown while it is typed.
	Secret func(prompt string) (string, error)
	// Key waits for one key of the caller's terminal and returns the character that
	// it sends; of a key that sends several each is one.
	Key func() (string, error)
}

// An Output is a file that appears under its name only with Commit.
type Output interface {
	io.Writer
	// Commit makes what was written durable and visible under the file's name.
	Commit() error
	// Close gives up what was not committed. After Commit it does nothing.
	Close() error
}
