package ical

import (
	"strings"

	"almanac/contentline"
	"almanac/ical/recur"
)

// lintBudget bounds the recurrence steps that each rule of Lint spends on one
// object, some milliseconds; what is not known by then is not reported.
const lintBudget = 500_000

// series compiles the object for questions about its recurrence set. It is nil
// when there is none, or when a rule cannot be read: then too little is known.
func (l *linter) series() *Series {
	if l.o.Main == nil || l.badRule {
		return nil
	}
	s := Compile(l.o, l.zones)
	if s.main == nil {
		return nil
	}
	return s
}

// lintOrphans finds overrides of instances that the series does not have.
func lintOrphans(l *linter) {
	s := l.series()
	if s == nil {
		return
	}
	budget := recur.Budget{Left: lintBudget}
	for _, o := range s.overrides {
		if o.civil == s.main.start.Civil || s.dateAt(o.civil) >= 0 {
			continue
		}
		found := false
		for _, r := range s.rules {
			has, err := r.Has(o.civil, &budget)
			found = found || has || err != nil
		}
		if !found {
			p := o.comp.Prop("RECURRENCE-ID")
			l.report(p.Line, "the series has no instance at %s%s", strings.TrimSpace(p.Value), inZone(p))
		}
	}
}

func inZone(p *contentline.Property) string {
	if tzid := p.Param("TZID"); tzid != "" {
		return " (" + tzid + ")"
	}
	return ""
}

// lintNoInstances finds rules that add nothing to DTSTART, and series of which
// EXDATE takes every instance.
func lintNoInstances(l *linter) {
	s := l.series()
	if s == nil || len(s.rules) == 0 {
		return
	}
	first := l.o.Main.Prop("RRULE")
	budget := recur.Budget{Left: lintBudget}
	l.eachRule(func(c *contentline.Component, p *contentline.Property, r *recur.Rule, err error) {
		// A rule that ends by COUNT=1 or its UNTIL may be meant to.
		if c != l.o.Main || err != nil || r.Bounded() || budget.Left <= 0 {
			return
		}
		start := s.main.start.Civil
		found := false
		err = recur.New(r, start, recur.Forever).Each(start+1, recur.MaxCivil, &budget, func(recur.Civil) bool {
			found = true
			return false
		})
		if err == nil && !found {
			l.report(p.Line, "the rule gives no instance besides DTSTART")
		}
	})
	found := false
	err := s.Instances(AllTime, Env{Zones: l.zones, Budget: lintBudget}, func(*Instance) bool {
		found = true
		return false
	})
	if err == nil && !found {
		l.report(first.Line, "EXDATE takes every instance of the series")
	}
}
