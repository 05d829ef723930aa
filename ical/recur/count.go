package recur

// nth returns the n-th instance counted from 1, DTSTART being the first, and
// true; or MaxCivil and false when the sequence has fewer before the year 10000.
//
// It counts whole periods, or whole days, without looking at their instances.
func (s *Sequence) nth(n int) (Civil, bool) {
	if n <= 1 {
		return s.start, true
	}
	w := listedWalk{walk: walk{seq: s}}
	if s.even {
		return w.nthEven(n - 1)
	}
	return w.nthCalendar(n - 1)
}

// nthCalendar finds the n-th instance behind DTSTART.
func (w *listedWalk) nthCalendar(n int) (Civil, bool) {
	done := w.seq.start + 1 // the first moment not yet counted
	for k := int64(0); ; k++ {
		if _, ok := w.period(k); !ok {
			return MaxCivil, false
		}
		total := w.len()
		if total == 0 {
			continue
		}
		skipped := 0
		// Only the first period, and those that SKIP=FORWARD reaches into, have
		// instances that do not count.
		if k == 0 || w.seq.days.skip == Forward {
			skipped = w.rank(done)
			done = max(done, w.at(total-1)+1)
		}
		if i := skipped + n - 1; i < total {
			c := w.at(i)
			return c, c <= MaxCivil
		}
		n -= total - skipped
	}
}

// nthEven finds the n-th instance behind DTSTART.
func (w *walk) nthEven(n int) (Civil, bool) {
	s := w.seq
	if len(s.setPos) > 0 {
		w.positions = positions(nil, s.setPos, s.nTimes)
	}
	per := int64(w.evenLen())
	left := int64(n)
	p := s.first
	// Instances of period 0 up to DTSTART do not count, if it is a period at all.
	if begin, _ := w.nextBegin(p, nil); begin == p {
		left += int64(w.evenRank(p, s.start+1))
	}
	// In a cycle of the steps and the day each time of day that the steps can reach is
	// reached once. Where that does not make n instances before the year 10000, days
	// left out do not either.
	grid := gcd(s.step, secondsPerDay)
	cycle := s.step / grid * secondsPerDay
	perCycle := per * s.reached(grid)
	cycles := (left - 1) / perCycle
	if cycles > (int64(MaxCivil)-p)/cycle {
		return MaxCivil, false
	}
	if s.everyDay {
		p += cycles * cycle
		left -= cycles * perCycle
	}
	if s.everyDay && !s.limited {
		return w.evenResult(p+s.step*((left-1)/per), (left-1)%per)
	}
	// Whole days are counted as long as the steps are shorter than a day; what
	// remains is walked.
	if s.step < secondsPerDay {
		counts := map[int64]int64{} // periods of a day by the second of the first one
		for ; p <= int64(MaxCivil); p = s.align(p) {
			today := floorDiv(p, secondsPerDay)
			day, _ := w.nextDay(today, nil)
			if day > today {
				p = day * secondsPerDay
				continue
			}
			whole := s.inDay(p-day*secondsPerDay, counts) * per
			if whole >= left {
				break
			}
			left -= whole
			p = (day + 1) * secondsPerDay
		}
	}
	for p <= int64(MaxCivil) {
		begin, _ := w.nextBegin(p, nil)
		if begin > p {
			p = s.align(begin)
			continue
		}
		if left <= per {
			return w.evenResult(p, left-1)
		}
		left -= per
		p += s.step
	}
	return MaxCivil, false
}

func (w *walk) evenResult(p, i int64) (Civil, bool) {
	if p > int64(MaxCivil) {
		return MaxCivil, false
	}
	if c := w.evenAt(p, int(i)); c <= MaxCivil {
		return c, true
	}
	return MaxCivil, false
}

// reached returns how many times of day that the limits let pass the steps reach,
// given their greatest common divisor with the day. It is not 0, see isNever.
func (s *Sequence) reached(grid int64) int64 {
	if !s.limited {
		return secondsPerDay / grid
	}
	n := int64(0)
	for t := floorMod(s.first, grid); t < secondsPerDay; t += grid {
		if s.limit.next(int(t)) == int(t) {
			n++
		}
	}
	return n
}

// inDay returns how many steps of an allowed day, from the one at second first
// of that day on, the time limits let pass.
func (s *Sequence) inDay(first int64, counts map[int64]int64) int64 {
	if !s.limited {
		return (secondsPerDay-1-first)/s.step + 1
	}
	if n, ok := counts[first]; ok {
		return n
	}
	n := int64(0)
	for t := first; t < secondsPerDay; {
		next := int64(s.limit.next(int(t)))
		if next < 0 {
			break
		}
		if next == t {
			n++
			t += s.step
		} else {
			t += s.step * ceilDiv(next-t, s.step)
		}
	}
	counts[first] = n
	return n
}
