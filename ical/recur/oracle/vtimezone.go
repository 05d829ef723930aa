//go:build ignore

// Vtimezone carries VTIMEZONE components between package zone and others.
//
//	go run vtimezone.go print MOMENTS DIR   writes each zone's VTIMEZONE for 1970 to 2037
//	go run vtimezone.go read MOMENTS DIR    interprets the files of DIR
//
// MOMENTS is the output of "gen.py all 2037" in zone/testdata. A file is named
// for its zone, with % for each slash. Read prints, for every instant of MOMENTS,
// zone, instant and offset, as vtimezone.c does.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"almanac/contentline"
	"almanac/ical/zone"
)

func main() {
	moments, err := os.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	defer moments.Close()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var z *zone.Zone
	lines := bufio.NewScanner(moments)
	for lines.Scan() {
		at, value, _ := strings.Cut(lines.Text(), " ")
		file := filepath.Join(os.Args[3], strings.ReplaceAll(value, "/", "%"))
		switch {
		case at == "ZONE" && os.Args[1] == "print":
			if err := print(value, file); err != nil {
				log.Fatal(err)
			}
		case at == "ZONE":
			if z, err = read(value, file); err != nil {
				log.Print(err)
			}
		case z != nil && at[0] == '@':
			unix, err := strconv.ParseInt(at[1:], 10, 64)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Fprintln(out, z.Name(), at, z.Offset(unix))
		}
	}
}

func print(name, file string) error {
	z, err := zone.Load(name)
	if err != nil {
		return err
	}
	return os.WriteFile(file, z.VTimezone(1970, 2037), 0o644)
}

func read(name, file string) (*zone.Zone, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	doc, err := contentline.Parse(data, contentline.DefaultLimits)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return zone.Interpret(name, doc.Roots[0])
}
