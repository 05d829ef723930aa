package web

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var drawIcons = flag.Bool("draw", false, "draw static/icons anew")

// TestIcons: the icons are what draw draws. "go test ./web -run TestIcons -draw" draws
// them anew.
func TestIcons(t *testing.T) {
	for _, i := range icons {
		name := filepath.Join("static", "icons", i.file)
		want := draw(i.size, i.whole)
		if *drawIcons {
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, want); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s: %s", i.file, got.Bounds())
		}
		for y := range i.size {
			for x := range i.size {
				// A last bit may come out otherwise on another processor.
				r, g, b, a := got.At(x, y).RGBA()
				r2, g2, b2, a2 := want.At(x, y).RGBA()
				for _, d := range []int{int(r) - int(r2), int(g) - int(g2), int(b) - int(b2), int(a) - int(a2)} {
					if d > 0x300 || d < -0x300 {
						t.Fatalf("%s: at %d, %d it has another colour", i.file, x, y)
					}
				}
			}
		}
	}
}

// A shape is how far a point is from its edge, inside negative; the icon is one wide.
type shape func(x, y float64) float64

func rounded(cx, cy, w, h, r float64) shape {
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x-cx)-w/2+r, math.Abs(y-cy)-h/2+r
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - r
	}
}

func above(s shape, line float64) shape {
	return func(x, y float64) float64 { return max(s(x, y), y-line) }
}

// draw draws the icon: a leaf of a calendar with the mark of the pages on it. One that
// is whole fills its square, for devices that cut their own form out of it: what counts
// is within four fifths of the middle.
func draw(size int, whole bool) image.Image {
	leaf := rounded(.5, .53, .46, .42, .06)
	var (
		mark  = color.NRGBA{0xa5, 0x38, 0x1f, 0xff}
		paper = color.NRGBA{0xff, 0xff, 0xff, 0xff}
		head  = color.NRGBA{0xf2, 0xc9, 0xbd, 0xff}
	)
	ground := rounded(.5, .5, 1, 1, .22)
	if whole {
		ground = func(float64, float64) float64 { return -1 }
	}
	layers := []struct {
		shape
		color color.NRGBA
	}{
		{ground, mark},
		{leaf, paper},
		{above(leaf, .43), head},
		{rounded(.39, .32, .05, .13, .025), paper},
		{rounded(.61, .32, .05, .13, .025), paper},
		{rounded(.5, .585, .17, .17, .085), mark},
	}
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			x, y := (float64(px)+.5)/float64(size), (float64(py)+.5)/float64(size)
			var r, g, b, a float64 // with alpha in them
			for _, l := range layers {
				cover := min(max(.5-l.shape(x, y)*float64(size), 0), 1)
				r = r*(1-cover) + float64(l.color.R)*cover
				g = g*(1-cover) + float64(l.color.G)*cover
				b = b*(1-cover) + float64(l.color.B)*cover
				a = a*(1-cover) + cover
			}
			if a > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(math.Round(r / a)), uint8(math.Round(g / a)), uint8(math.Round(b / a)), uint8(math.Round(a * 255))})
			}
		}
	}
	return img
}
