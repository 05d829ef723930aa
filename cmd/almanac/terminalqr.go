package main

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the width of the empty border around a QR code, in modules; readers want
// four, and take two.
const quiet = 2

// terminalQR draws a QR code with half blocks, two modules to a character. The
// colours are set, black on white: on a dark terminal a code in the terminal's own
// colours would be the wrong way round.
func terminalQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code of %d octets: %w", len(text), err)
	}
	dark := func(x, y int) bool {
		x, y = x-quiet, y-quiet
		return x >= 0 && y >= 0 && x < code.Size && y < code.Size && code.Black(x, y)
	}
	var b strings.Builder
	for y := 0; y < code.Size+2*quiet; y += 2 {
		b.WriteString("\x1b[30;107m")
		for x := range code.Size + 2*quiet {
			switch upper, lower := dark(x, y), dark(x, y+1); {
			case upper && lower:
				b.WriteString("█")
			case upper:
				b.WriteString("▀")
			case lower:
				b.WriteString("▄")
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String(), nil
}
