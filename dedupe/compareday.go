package dedupe

// days compares birthdays and anniversaries.
func (c *Comparison) days() {
	a, b, v := c.a, c.b, &c.v
	if !a.Wed.IsZero() && !b.Wed.IsZero() {
		v[fWed] = b2f(a.Wed == b.Wed)
	}
	if a.BornText != "" && a.BornText == b.BornText {
		v[fBorn] = 1
		return
	}
	x, y := a.Born, b.Born
	if x.IsZero() || y.IsZero() {
		return
	}
	v[fBorn] = 0
	years := int(x.Year) - int(y.Year)
	if years < 0 {
		years = -years
	}
	dayKnown := x.Month != 0 && y.Month != 0 && x.Day != 0 && y.Day != 0
	sameDay := x.Month == y.Month && x.Day == y.Day
	yearKnown := x.Year != 0 && y.Year != 0
	switch {
	case dayKnown && sameDay && yearKnown && years == 0:
		v[fBorn] = 1
	case dayKnown && sameDay && !yearKnown:
		v[fBorn] = 0.9
		c.noYear = true
	case !dayKnown && yearKnown && years == 0 && (x.Month == y.Month || x.Month == 0 || y.Month == 0):
		v[fBorn] = 0.6
	case dayKnown && yearKnown && years == 0 && x.Month == y.Day && x.Day == y.Month:
		v[fBorn] = 0.8
		c.swapDay = true
	case dayKnown && yearKnown && oneSlip(x, y):
		v[fBorn] = 0.7
	case dayKnown && yearKnown && twoSlips(x, y):
		v[fBorn] = 0.4
	}
	if v[fBorn] < 0.8 && yearKnown {
		v[fBornYears] = min(float32(years), 40)
	}
}

func digitsOf(d Day) [8]byte {
	n := int(d.Year)*10000 + int(d.Month)*100 + int(d.Day)
	var out [8]byte
	for i := 7; i >= 0; i-- {
		out[i] = byte(n % 10)
		n /= 10
	}
	return out
}

// oneSlip reports whether one digit, or two neighbours exchanged, make one day of
// the other.
func oneSlip(x, y Day) bool {
	a, b := digitsOf(x), digitsOf(y)
	differ, at := 0, 0
	for i := range a {
		if a[i] != b[i] {
			differ++
			at = i
		}
	}
	return differ == 1 || differ == 2 && at > 0 && a[at] == b[at-1] && a[at-1] == b[at]
}

// twoSlips reports whether the days have two of three parts in common.
func twoSlips(x, y Day) bool {
	n := 0
	for _, same := range []bool{x.Year == y.Year, x.Month == y.Month, x.Day == y.Day} {
		if same {
			n++
		}
	}
	return n == 2
}

func shared(a, b []uint64) int {
	n := 0
	for _, x := range a {
		for _, y := range b {
			if x == y {
				n++
			}
		}
	}
	return n
}

// others compares what is compared for equality only.
func (c *Comparison) others() {
	a, b, v := c.a, c.b, &c.v
	if a.Org != "" && b.Org != "" {
		v[fOrg] = wordsAlike(a.Org, b.Org)
		if a.Unit != "" && b.Unit != "" && a.Unit != b.Unit {
			v[fOrg] -= 0.2
		}
		n := max(c.freq.Count(orgTerm(a.Org)), c.freq.Count(orgTerm(b.Org)), 1)
		v[fOrgHolders] = log1(n)
		c.orgs = v[fOrg] > 0.75
	}
	if a.Title != "" && b.Title != "" {
		v[fTitle] = b2f(a.Title == b.Title)
	}
	if len(a.Photos) > 0 && len(b.Photos) > 0 {
		v[fPhoto] = min(float32(shared(a.Photos, b.Photos)), 1)
	}
	if len(a.Links) > 0 && len(b.Links) > 0 {
		v[fLinks] = min(float32(shared(a.Links, b.Links)), 2)
	}
	if a.UID != 0 && b.UID != 0 {
		v[fUID] = b2f(a.UID == b.UID)
	}
	if a.Note != 0 && b.Note != 0 {
		v[fNote] = b2f(a.Note == b.Note)
	}
	v[fContent] = b2f(a.Content == b.Content)
}

// sums counts the kinds of things that agree, contradict, and are there.
func (c *Comparison) sums() {
	v := &c.v
	agree, clash := float32(0), float32(0)
	for _, good := range []bool{v[fPhones] > 0, v[fMails] > 0 && v[fMailRole] == 0, v[fPlace] > 0.85, v[fBorn] >= 0.8, v[fPhoto] > 0, v[fLinks] > 0, v[fUID] > 0, v[fOrg] > 0.8, v[fNote] > 0} {
		agree += b2f(good)
	}
	for _, bad := range []bool{v[fPhoneClash] > 0, v[fMailApart] > 0, v[fPlaceApart] > 0, v[fBorn] >= 0 && v[fBorn] < 0.3, v[fOrg] >= 0 && v[fOrg] < 0.4, v[fGivenClash] > 0, v[fGeneration] > 1, v[fSex] > 0, v[fKind] > 0, v[fJoint] > 0, v[fGenders] > 0} {
		clash += b2f(bad)
	}
	v[fShared], v[fClashes], v[fEachOwn] = agree, clash, c.ownKinds()
	x, y := kindsOf(c.a), kindsOf(c.b)
	v[fLeast], v[fMost] = float32(min(x, y)), float32(max(x, y))
}

// kindsOf is how many kinds of things a record has beside a name.
func kindsOf(rec *Record) int {
	n := 0
	for _, has := range []bool{len(rec.Phones) > 0, len(rec.Mails) > 0, len(rec.Places) > 0, !rec.Born.IsZero(), len(rec.Photos) > 0, len(rec.Links) > 0, rec.Org != "", rec.Note != 0} {
		if has {
			n++
		}
	}
	return n
}
