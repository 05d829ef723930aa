package ical

import (
	"strings"

	"almanac/contentline"
)

// eachAlarm visits the VALARMs of all components.
func (l *linter) eachAlarm(fn func(c, a *contentline.Component)) {
	for _, c := range l.comps {
		for a := range c.ChildrenNamed("VALARM") {
			fn(c, a)
		}
	}
}

func lintAlarms(l *linter) {
	l.eachAlarm(func(_, a *contentline.Component) {
		for _, name := range [...]string{"ACTION", "TRIGGER"} {
			if a.Prop(name) == nil {
				l.report(a.Line, "VALARM without %s", name)
			}
		}
	})
}

func lintManyAlarms(l *linter) {
	for _, c := range l.comps {
		n := 0
		for range c.ChildrenNamed("VALARM") {
			n++
		}
		if n > MaxAlarms {
			l.report(c.Line, "%d VALARMs in one %s", n, c.Name)
		}
	}
}

func lintRepeats(l *linter) {
	l.eachAlarm(func(_, a *contentline.Component) {
		repeat := a.Prop("REPEAT")
		if repeat == nil {
			return
		}
		d, reason := scanDuration(a.Value("DURATION"))
		switch n := decimal(repeat.Value); {
		case reason == "" && d.Exact() <= 0:
			l.report(repeat.Line, "REPEAT with DURATION %.40q between the repetitions", a.Value("DURATION"))
		case a.Prop("DURATION") == nil:
			l.report(repeat.Line, "REPEAT without DURATION")
		case n > maxRepeat:
			l.report(repeat.Line, "REPEAT %.40s", repeat.Value)
		}
	})
}

// The years in which an alarm at a fixed moment is believed.
const (
	firstAlarmYear = 1970
	lastAlarmYear  = 2200
)

func lintFarAlarms(l *linter) {
	l.eachAlarm(func(_, a *contentline.Component) {
		p := a.Prop("TRIGGER")
		// Apple's programs write a moment in 1976 into alarms that are none.
		if p == nil || strings.EqualFold(strings.TrimSpace(a.Value("ACTION")), "NONE") {
			return
		}
		at, reason := scanDateTime(p.Value, p.Param("TZID"))
		if reason != "" {
			return
		}
		if year := at.Year; year < firstAlarmYear || year > lastAlarmYear {
			l.report(p.Line, "TRIGGER in the year %d", year)
		}
	})
}

func lintFrequentAlarms(l *linter) {
	for _, c := range l.comps {
		if c.Child("VALARM") == nil {
			continue
		}
		for p := range c.PropsNamed("RRULE") {
			rule := strings.ToUpper(p.Value)
			if strings.Contains(rule, "FREQ=SECONDLY") || strings.Contains(rule, "FREQ=MINUTELY") {
				l.report(p.Line, "alarms of a rule that recurs each second or minute")
			}
		}
	}
}

func lintInsists(l *linter) {
	l.eachAlarm(func(_, a *contentline.Component) {
		p := a.Prop("X-ALMANAC-INSIST")
		if p == nil {
			return
		}
		if d, reason := scanDuration(p.Value); reason != "" || d.Days < 0 || d.Seconds < 0 {
			l.report(p.Line, "X-ALMANAC-INSIST %.40q is no duration", p.Value)
		}
	})
}
