package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"
)

const qrText = "davx5://ann@cal.example.org/"

// TestQRSVG draws the path of the SVG into a grid and compares every module.
func TestQRSVG(t *testing.T) {
	svg, err := qrSVG(qrText, `A "title" <here>`)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := qr.Encode(qrText, qr.M)
	size := code.Size + 2*quietZone
	if !strings.Contains(string(svg), `viewBox="0 0 `+strconv.Itoa(size)+` `) || !strings.Contains(string(svg), `aria-label="A &#34;title&#34; &lt;here&gt;"`) {
		t.Errorf("%.200s", svg)
	}
	black := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(string(svg), -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		run, _ := strconv.Atoi(m[3])
		if m[3] != m[4] {
			t.Fatalf("%q", m[0])
		}
		for i := range run {
			black[[2]int{x + i, y}] = true
		}
	}
	for y := range size {
		for x := range size {
			if got, want := black[[2]int{x, y}], code.Black(x-quietZone, y-quietZone); got != want {
				t.Fatalf("module %d,%d: black %t, want %t", x, y, got, want)
			}
		}
	}
}

// TestTerminalQR reads the blocks back.
func TestTerminalQR(t *testing.T) {
	code, _ := qr.Encode(qrText, qr.L)
	for _, color := range []bool{false, true} {
		text, err := TerminalQR(qrText, color)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "\x1b") != color {
			t.Errorf("color %t: %q", color, text)
		}
		plain := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(text, "")
		lines := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
		if len(lines) != (code.Size+2*quietZone+1)/2 {
			t.Fatalf("%d lines for %d modules", len(lines), code.Size)
		}
		for i, line := range lines {
			blocks := []rune(line)
			if len(blocks) != code.Size+2*quietZone {
				t.Fatalf("line %d has %d characters", i, len(blocks))
			}
			for x, block := range blocks {
				upper, lower := code.Black(x-quietZone, 2*i-quietZone), code.Black(x-quietZone, 2*i+1-quietZone)
				want := map[[2]bool]rune{{false, false}: '█', {false, true}: '▀', {true, false}: '▄', {true, true}: ' '}[[2]bool{upper, lower}]
				if block != want {
					t.Fatalf("line %d, column %d: %q, want %q", i, x, block, want)
				}
			}
		}
	}
	if _, err := TerminalQR(strings.Repeat("x", 5000), false); err == nil {
		t.Error("5000 octets fit")
	}
}
