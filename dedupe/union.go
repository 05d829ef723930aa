package dedupe

import (
	"math/bits"
	"slices"
)

// union makes one record of what some cards say. The name is that of the card whose
// name says most; birthdays that contradict are left out.
func (f *finder) union(members []int32) *Record {
	if len(members) == 1 {
		return f.recs[members[0]]
	}
	u := &Record{} // without Held, for which nobody asks
	born := map[Day]bool{}
	for i, m := range members[:min(len(members), 12)] {
		r := f.recs[m]
		if i == 0 || r.nameWeight() > u.nameWeight() {
			u.Kind, u.Joint, u.Names, u.GivenAll, u.FamilyAll, u.Legal = r.Kind, r.Joint, r.Names, r.GivenAll, r.FamilyAll, r.Legal
		}
		u.Content = bits.RotateLeft64(u.Content, 7) ^ r.Content // any that orders it
		u.Generation |= r.Generation
		u.Sex |= r.Sex
		u.Nicknames = appendNew(u.Nicknames, r.Nicknames, 4)
		u.Phones = appendNew(u.Phones, r.Phones, maxPhones)
		u.Mails = appendNew(u.Mails, r.Mails, maxMails)
		u.Places = appendNew(u.Places, r.Places, maxPlaces)
		u.Links = appendNew(u.Links, r.Links, maxLinks)
		u.Photos = appendNew(u.Photos, r.Photos, maxPhotos)
		if !r.Born.IsZero() {
			born[r.Born] = true
			u.Born = r.Born
		}
		if u.Org == "" {
			u.Org, u.Unit = r.Org, r.Unit
		}
	}
	if len(born) > 1 {
		u.Born = Day{}
	}
	return u
}

func (rec *Record) nameWeight() int {
	n := 0
	for i := range rec.Names {
		n += 2
		if rec.Names[i].Role != AnyRole {
			n++
		}
		if len(rec.Names[i].Text) == 1 {
			n -= 2
		}
	}
	return n
}

// appendNew appends what is not there yet, up to a number.
func appendNew[T comparable](dst, more []T, most int) []T {
	dst = slices.Clip(dst)
	for _, x := range more {
		if len(dst) < most && !slices.Contains(dst, x) {
			dst = append(dst, x)
		}
	}
	return dst
}
