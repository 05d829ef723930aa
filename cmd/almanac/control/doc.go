// Package control lets a command run where the store is open.
//
// A running server holds the store's file, so a command that was typed in a
// shell cannot open it. It sends its arguments through a Unix socket in the data
// folder instead, the server carries it out, and everything that the command
// reads and writes (standard input and output, files, a password typed on the
// terminal) stays on the side of the shell: the server asks for it, piece by
// piece. So a command is written once, against a [Caller], and does not know on
// which side it runs.
//
// The socket is open to the owner of the data folder alone; whoever can connect
// may do what they could do with the file itself.
//
// # Frames
//
// Both sides send frames: one octet for the type, four for the stream, four for
// the length of what follows (big endian), and the payload. Streams 0, 1 and 2
// are standard input, output and error; the server numbers the others. The shell
// sends hello first, and the server quit last, with the exit code:
//
//	to the server  hello (a request in JSON)   cancel
//	               data, end, failed, done     answers to the one open question on a stream
//	to the shell   read (how much), open, create, commit, close, secret, key    questions
//	               write                       the content of an output
//	               quit
//
// There is at most one question open on a stream, and the shell writes what it
// gets before it takes more, so neither side ever holds more than a frame or two.
package control
