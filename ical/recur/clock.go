package recur

import "math/bits"

// A clock is a set of times of day: every combination of its hours, minutes and
// seconds, each a bit set.
type clock struct {
	hours            uint32
	minutes, seconds uint64
}

const (
	everyHour   uint32 = 1<<24 - 1
	everyMinute uint64 = 1<<60 - 1
)

// anyTime holds each second of the day.
var anyTime = clock{everyHour, everyMinute, everyMinute}

func (c *clock) len() int {
	return bits.OnesCount32(c.hours) * bits.OnesCount64(c.minutes) * bits.OnesCount64(c.seconds)
}

// nth returns the i-th time in seconds, counted from 0.
func (c *clock) nth(i int) int {
	s := bits.OnesCount64(c.seconds)
	m := bits.OnesCount64(c.minutes)
	return 3600*nthBit(uint64(c.hours), i/(s*m)) + 60*nthBit(c.minutes, i/s%m) + nthBit(c.seconds, i%s)
}

// rank returns how many times of the set lie before second of the day t.
func (c *clock) rank(t int) int {
	s := bits.OnesCount64(c.seconds)
	m := bits.OnesCount64(c.minutes)
	h, mi, se := t/3600, t/60%60, t%60
	n := bits.OnesCount32(c.hours&(1<<h-1)) * m * s
	if c.hours>>h&1 == 0 {
		return n
	}
	n += bits.OnesCount64(c.minutes&(1<<mi-1)) * s
	if c.minutes>>mi&1 == 0 {
		return n
	}
	return n + bits.OnesCount64(c.seconds&(1<<se-1))
}

// next returns the first time of the set at or after t, or -1.
func (c *clock) next(t int) int {
	h, m, s := t/3600, t/60%60, t%60
	if c.hours>>h&1 != 0 {
		if c.minutes>>m&1 != 0 {
			if rest := c.seconds >> s; rest != 0 {
				return t + bits.TrailingZeros64(rest)
			}
		}
		if rest := c.minutes >> (m + 1); rest != 0 {
			return h*3600 + (m+1+bits.TrailingZeros64(rest))*60 + bits.TrailingZeros64(c.seconds)
		}
	}
	if rest := c.hours >> (h + 1); rest != 0 {
		return (h+1+bits.TrailingZeros32(rest))*3600 + bits.TrailingZeros64(c.minutes)*60 + bits.TrailingZeros64(c.seconds)
	}
	return -1
}

// nthBit returns the position of the i-th set bit.
func nthBit(b uint64, i int) int {
	for ; i > 0; i-- {
		b &= b - 1
	}
	return bits.TrailingZeros64(b)
}
