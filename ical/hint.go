package ical

// A Hint is what an index that knows each object's kind and Bounds can do about
// a filter before any object is read.
type Hint struct {
	// None says that no object can match.
	None bool

	// Kind is the kind that a matching object has, empty for any.
	Kind string

	// Window is a range that an instance of a matching object touches, in the
	// sense of Candidate; everything when the filter has no time range or one
	// that Bounds say nothing about (of an alarm, of a property).
	Window Span

	// Exact says that the filter asks for nothing but Kind and Window: an object
	// of that kind matches when its Bounds are Exact and lie in the window, or
	// when Bounded is false.
	Exact bool

	// Bounded says that the filter has a time range, which is Window.
	Bounded bool
}

// Hint tells what an index can decide about the filter.
func (f *Filter) Hint() Hint {
	h := Hint{Window: AllTime, Exact: true}
	root := &f.Root
	if root.Name != "VCALENDAR" || root.IsNotDefined {
		h.None = root.Name == "VCALENDAR" || !root.IsNotDefined
		return h
	}
	if len(root.Props) > 0 {
		h.Exact = false
	}
	h.narrow(root.TimeRange)
	for i := range root.Comps {
		c := &root.Comps[i]
		switch {
		case c.IsNotDefined, c.Name == "VTIMEZONE", isExtension(c.Name):
			// An object may hold these beside its own kind.
			h.Exact = false
			continue
		case h.Kind == "":
			h.Kind = c.Name
		case h.Kind != c.Name:
			h.None = true // an object has one kind, RFC 4791 section 4.1
			return h
		default:
			h.Exact = false // two demands on one kind may be met by two components
		}
		if len(c.Props) > 0 || len(c.Comps) > 0 {
			h.Exact = false
		}
		h.narrow(c.TimeRange)
	}
	return h
}

// narrow takes another time range into account. Different components of an
// object may meet different ranges, so that two ranges do not become their
// intersection: the first one selects.
func (h *Hint) narrow(w *Span) {
	switch {
	case w == nil:
	case h.Bounded:
		h.Exact = false
	default:
		h.Window, h.Bounded = *w, true
	}
}
