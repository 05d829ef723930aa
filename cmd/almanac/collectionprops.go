package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/dav/wire"
	"almanac/ical/zone"
	"almanac/store"
)

// A propFlag is a flag that sets a property with a text for its value.
type propFlag struct {
	flag, unit, help string
	prop             wire.Name
	text             func(typed string) (string, error) // what is stored; "" for nothing
}

func (k *shelf) addPropFlags(cmd *cobra.Command) {
	for _, p := range k.props {
		cmd.Flags().String(p.flag, "", fmt.Sprintf("%s (`%s`)", p.help, p.unit))
	}
}

// changedProps returns what the flags of a command line set and, being empty, remove.
func (k *shelf) changedProps(cmd *cobra.Command) (set []store.Prop, remove []store.PropName, err error) {
	for _, p := range k.props {
		f := cmd.Flags().Lookup(p.flag)
		if !f.Changed {
			continue
		}
		text := f.Value.String()
		if text != "" {
			if text, err = p.text(text); err != nil {
				return nil, nil, fmt.Errorf("--%s: %w", p.flag, err)
			}
		}
		if text == "" {
			remove = append(remove, store.PropName(p.prop))
			continue
		}
		set = append(set, prop(p.prop, text))
	}
	return set, remove, nil
}

func prop(n wire.Name, text string) store.Prop {
	return store.Prop{Space: n.Space, Local: n.Local, XML: wire.TextFragment(n.Space, n.Local, text)}
}

func plainText(typed string) (string, error) { return typed, nil }

// colorText takes #RGB, #RRGGBB and #RRGGBBAA and returns the last form, which
// Apple's programs write and all others read.
func colorText(typed string) (string, error) {
	digits, ok := strings.CutPrefix(typed, "#")
	if len(digits) == 3 {
		d := digits
		digits = string([]byte{d[0], d[0], d[1], d[1], d[2], d[2]})
	}
	if len(digits) == 6 {
		digits += "FF"
	}
	if _, err := strconv.ParseUint(digits, 16, 32); !ok || err != nil || len(digits) != 8 {
		return "", fmt.Errorf("%q is not a colour like #3366CC", typed)
	}
	return "#" + strings.ToUpper(digits), nil
}

func orderText(typed string) (string, error) {
	n, err := strconv.ParseInt(typed, 10, 32)
	if err != nil {
		return "", fmt.Errorf("%q is not a whole number", typed)
	}
	return strconv.FormatInt(n, 10), nil
}

// componentKinds is what a calendar can take (RFC 4791 section 5.2.3).
var componentKinds = []string{"VEVENT", "VTODO", "VJOURNAL"}

// parseComponents returns the kinds in one order, each once.
func parseComponents(typed []string) ([]string, error) {
	var out []string
	for _, t := range typed {
		t = strings.ToUpper(strings.TrimSpace(t))
		if !slices.Contains(componentKinds, t) {
			return nil, fmt.Errorf("--components: %q is none of %s", t, strings.Join(componentKinds, ", "))
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("--components: name at least one of %s", strings.Join(componentKinds, ", "))
	}
	return out, nil
}

// timezoneText returns the VCALENDAR with one VTIMEZONE that RFC 4791 section
// 5.2.2 wants.
func timezoneText(typed string) (string, error) {
	z, err := zone.Load(typed)
	if err != nil {
		return "", fmt.Errorf("%q is not a time zone like Europe/Zurich", typed)
	}
	return zoneCalendar(z), nil
}

// insistText returns a DURATION (RFC 5545 section 3.3.6).
func insistText(typed string) (string, error) {
	if typed == "none" {
		return "", nil
	}
	d, err := parseDuration(typed)
	if err != nil || d < time.Second || d%time.Second != 0 {
		return "", fmt.Errorf("%q is not a duration like 1h or 1d, of whole seconds", typed)
	}
	for _, unit := range []struct {
		of   time.Duration
		form string
	}{{24 * time.Hour, "P%dD"}, {time.Hour, "PT%dH"}, {time.Minute, "PT%dM"}} {
		if d%unit.of == 0 {
			return fmt.Sprintf(unit.form, d/unit.of), nil
		}
	}
	return fmt.Sprintf("PT%dS", d/time.Second), nil
}
