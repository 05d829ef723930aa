package recur

import (
	"math"
	"time"
)

// Civil is a moment on a wall clock: seconds since 1970-01-01T00:00:00 on a
// clock without zone. Each day has 86 400 of them.
type Civil int64

// The range of RFC 5545 section 3.3.4 dates, and the value for "no limit".
const (
	MinCivil Civil = -62167219200 // 0000-01-01T00:00:00
	MaxCivil Civil = 253402300799 // 9999-12-31T23:59:59
	Forever  Civil = math.MaxInt64
)

const (
	secondsPerDay = 86400
	maxDay        = int64(MaxCivil) / secondsPerDay
)

// Date returns the first second of a day of the proleptic Gregorian calendar.
// The day must exist; see ValidDate.
func Date(year, month, day int) Civil {
	return Civil(dayNumber(year, month, day) * secondsPerDay)
}

// DateTime returns the moment of a date and a time of day.
func DateTime(year, month, day, hour, minute, second int) Civil {
	return Date(year, month, day) + Civil(hour*3600+minute*60+second)
}

// ValidDate reports whether the day exists in the years 0 to 9999.
func ValidDate(year, month, day int) bool {
	return year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

// Day returns the number of whole days since 1970-01-01, negative before it.
func (c Civil) Day() int64 { return floorDiv(int64(c), secondsPerDay) }

// Midnight returns the first second of c's day.
func (c Civil) Midnight() Civil { return Civil(c.Day() * secondsPerDay) }

// SecondOfDay returns the seconds since midnight, 0 to 86399.
func (c Civil) SecondOfDay() int { return int(int64(c) - c.Day()*secondsPerDay) }

// Date returns year, month (1-12) and day of the month (1-31).
func (c Civil) Date() (year, month, day int) { return dateOf(c.Day()) }

// Clock returns the time of day.
func (c Civil) Clock() (hour, minute, second int) {
	s := c.SecondOfDay()
	return s / 3600, s / 60 % 60, s % 60
}

// Weekday returns the day of the week.
func (c Civil) Weekday() time.Weekday { return weekdayOf(c.Day()) }

// String prints c as a local DATE-TIME of RFC 5545 section 3.3.5: 19970902T090000.
// Outside the years 0 to 9999 the result has no meaning.
func (c Civil) String() string {
	if c == Forever {
		return "forever"
	}
	return string(c.Append(nil))
}

// Append appends what String prints, but for Forever.
func (c Civil) Append(dst []byte) []byte {
	y, m, d := c.Date()
	h, mi, s := c.Clock()
	for _, n := range [...]int{y / 100, y % 100, m, d} {
		dst = append(dst, byte('0'+n/10%10), byte('0'+n%10))
	}
	dst = append(dst, 'T')
	for _, n := range [...]int{h, mi, s} {
		dst = append(dst, byte('0'+n/10), byte('0'+n%10))
	}
	return dst
}

// dayNumber counts days since 1970-01-01. It moves the start of the year to
// March, so that the leap day is the last of it.
func dayNumber(year, month, day int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(day) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// dateOf is the inverse of dayNumber.
func dateOf(n int64) (year, month, day int) {
	n += 719468
	era := floorDiv(n, 146097)
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m, y := mp+3, yoe+era*400
	if m > 12 {
		m -= 12
		y++
	}
	return int(y), int(m), int(d)
}

func weekdayOf(day int64) time.Weekday { return time.Weekday(floorMod(day+4, 7)) }

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func yearLength(year int) int {
	if isLeap(year) {
		return 366
	}
	return 365
}

func daysIn(year, month int) int {
	starts := monthStarts(year)
	return int(starts[month] - starts[month-1])
}

// monthStarts returns the day of the year (from 0) on which each month begins;
// entry 12 is the length of the year.
func monthStarts(year int) *[13]int16 {
	if isLeap(year) {
		return &leapStarts
	}
	return &plainStarts
}

var (
	plainStarts = [13]int16{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}
	leapStarts  = [13]int16{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}
)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }
