package web

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quietZone is the white margin of a QR code, in modules, without which readers
// do not find it.
const quietZone = 4

// qrSVG draws a text as a QR code. It is black on white in dark pages too: not
// every reader takes the inverse.
func qrSVG(text, title string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			run := 1
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
			x += run
		}
	}
	size := code.Size + 2*quietZone
	return template.HTML(fmt.Sprintf(
		`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges" xmlns="http://www.w3.org/2000/svg">`+
			`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		template.HTMLEscapeString(title), size, size, size, size, path.String())), nil
}

// TerminalQR draws a text as a QR code of half blocks, two modules in a
// character. With color it is black on white whatever the terminal's colours;
// without, the modules that should be white are the ones that are printed, for
// terminals that are light on dark.
func TerminalQR(text string, color bool) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var out strings.Builder
	blocks := [4]string{"█", "▀", "▄", " "} // by which of the two modules are black: none, lower, upper, both
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		if color {
			out.WriteString("\x1b[38;5;231;48;5;16m") // white on black, of the fixed part of the palette
		}
		for x := -quietZone; x < code.Size+quietZone; x++ {
			i := 0
			if code.Black(x, y) {
				i |= 2
			}
			// Below the last line of an odd number the zone goes on.
			if code.Black(x, y+1) {
				i |= 1
			}
			out.WriteString(blocks[i])
		}
		if color {
			out.WriteString("\x1b[0m")
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}
