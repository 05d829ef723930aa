package remind

import (
	"testing"
	"time"

	"almanac/store"
)

// step has the service do what there is to do at a moment, and tells what was sent.
func (c *scene) step(f *shelf, at string) []string {
	c.Helper()
	var err error
	c.now, err = time.Parse("2006-01-02 15:04:05", at)
	c.must(err)
	for {
		wait, err := c.s.run(c.Context(), f)
		c.must(err)
		if wait > 0 {
			return c.sent()
		}
	}
}

// TestAhead looks at an object some seconds before its alarm is due, and has something
// happen until then.
func TestAhead(t *testing.T) {
	put := func(c *scene, start, summary string) {
		c.put("ann", "work", "a", append(append([]string{"BEGIN:VEVENT", "UID:a", "SUMMARY:" + summary, "DTSTART:" + start}, alarm("TRIGGER:PT0S")...), "END:VEVENT")...)
	}
	type answers = map[string][]string
	for _, tc := range []struct {
		name      string
		meanwhile func(c *scene, f *shelf)
		want      answers
	}{
		{"nothing", func(*scene, *shelf) {}, answers{"2026-03-10 10:00:00": {"ann: Dentist 03-10 10:00"}}},
		{"it is changed", func(c *scene, _ *shelf) { put(c, "20260310T100000Z", "Doctor") },
			answers{"2026-03-10 10:00:00": {"ann: Doctor 03-10 10:00"}}},
		{"it is put off", func(c *scene, _ *shelf) { put(c, "20260310T110000Z", "Dentist") },
			answers{"2026-03-10 11:00:00": {"ann: Dentist 03-10 11:00"}}},
		{"it is deleted", func(c *scene, _ *shelf) {
			c.apply("ann", store.DeleteObject{Coll: c.coll["ann/work"], Name: "a"})
		}, answers{}},
		{"it is looked at for somebody else", func(c *scene, _ *shelf) {
			c.apply("ann", store.TouchObject{Coll: c.coll["ann/work"], Name: "a"})
		}, answers{"2026-03-10 10:00:00": {"ann: Dentist 03-10 10:00"}}},
		{"the process ends", func(c *scene, f *shelf) { c.s.clear(c.Context(), f) },
			answers{"2026-03-10 10:00:00": {"ann: Dentist 03-10 10:00"}}},
		{"the process is killed", func(_ *scene, f *shelf) { *f = shelf{} },
			answers{"2026-03-10 10:00:20": {"ann: Dentist 03-10 10:00"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, f := newScene(t, "ann"), &shelf{}
			put(c, "20260310T100000Z", "Dentist")
			got := answers{}
			for _, at := range []string{"2026-03-01 12:00:01", "2026-03-10 09:59:54", "2026-03-10 09:59:56"} {
				c.is("before", c.step(f, at), []string(nil))
			}
			c.is("ready", len(f.looks), 1)
			c.is("octets", f.octets > 100, true)
			tc.meanwhile(c, f)
			for _, at := range []string{"2026-03-10 09:59:58", "2026-03-10 10:00:00", "2026-03-10 10:00:01", "2026-03-10 10:00:20", "2026-03-10 11:00:00", "2026-03-10 11:00:20"} {
				if sent := c.step(f, at); sent != nil {
					got[at] = sent
				}
			}
			c.is("sent", got, tc.want)
			c.is("left", [2]int{len(f.looks), f.octets}, [2]int{})
		})
	}
}

// TestAheadIsBounded: what there is no room for is looked at when it is due.
func TestAheadIsBounded(t *testing.T) {
	c, f := newScene(t, "ann"), &shelf{octets: maxAheadOctets}
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist")...)...)
	c.is("before", c.step(f, "2026-03-01 12:00:01"), []string(nil))
	c.is("shortly before", c.step(f, "2026-03-10 09:44:59"), []string(nil))
	c.is("ready", len(f.looks), 0)
	c.is("due", c.step(f, "2026-03-10 09:45:00"), []string{"ann: Dentist 03-10 09:45"})
}
