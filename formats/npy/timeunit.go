package npy

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// A timeUnit is what numpy counts time in: a multiple of a base. The zero value is
// numpy's generic unit, which is none.
type timeUnit struct {
	base     timeBase
	multiple int64
}

type timeBase uint8

const (
	generic timeBase = iota
	years
	months
	weeks
	days
	hours
	minutes
	seconds
	millis
	micros
	nanos
	picos
	femtos
	attos
)

var baseNames = [...]string{"", "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"}

// nanoseconds is the unit that is written.
var nanoseconds = timeUnit{nanos, 1}

// notATime is the number that numpy keeps for NaT, "not a time", in every unit.
const notATime = math.MinInt64

// parseTimeUnit reads a unit such as ns or 25us.
func parseTimeUnit(s string) (timeUnit, bool) {
	digits := 0
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	u := timeUnit{multiple: 1}
	if digits > 0 {
		n, err := strconv.ParseInt(s[:digits], 10, 32)
		if err != nil || n == 0 {
			return timeUnit{}, false
		}
		u.multiple = n
	}
	for base := years; base <= attos; base++ {
		if baseNames[base] == s[digits:] {
			u.base = base
			return u, true
		}
	}
	return timeUnit{}, s == "generic"
}

// String is the unit in brackets, as a dtype has it.
func (u timeUnit) String() string {
	switch {
	case u.base == generic:
		return ""
	case u.multiple == 1:
		return "[" + baseNames[u.base] + "]"
	}
	return "[" + strconv.FormatInt(u.multiple, 10) + baseNames[u.base] + "]"
}

// text shows x of this unit in an error.
func (u timeUnit) text(x int64) string {
	if x == notATime {
		return "NaT"
	}
	if u.multiple > 1 {
		return strconv.FormatInt(x, 10) + " units of " + strings.Trim(u.String(), "[]")
	}
	return strconv.FormatInt(x, 10) + " " + baseNames[u.base]
}

// vague says why a length of time in this unit has no length in nanoseconds, or
// is empty where it has one.
func (u timeUnit) vague() string {
	switch u.base {
	case generic:
		return "it has no unit"
	case years, months:
		return "years and months are not equally long"
	}
	return ""
}

// parts returns the nanoseconds of one unit as a fraction; vague says that there is one.
func (u timeUnit) parts() (times, over int64) {
	switch u.base {
	case weeks:
		return int64(7 * 24 * time.Hour), 1
	case days:
		return int64(24 * time.Hour), 1
	case hours:
		return int64(time.Hour), 1
	case minutes:
		return int64(time.Minute), 1
	case seconds:
		return int64(time.Second), 1
	case millis:
		return int64(time.Millisecond), 1
	case micros:
		return int64(time.Microsecond), 1
	case picos:
		return 1, 1e3
	case femtos:
		return 1, 1e6
	case attos:
		return 1, 1e9
	}
	return 1, 1
}

// duration returns x units in nanoseconds, and false where that is no int64, or
// the one that means NaT.
func (u timeUnit) duration(x int64) (int64, bool) {
	if x == notATime || u.vague() != "" {
		return 0, false
	}
	sec, nsec, ok := u.split(x)
	if !ok {
		return 0, false
	}
	return joinNanos(sec, nsec)
}

// joinNanos returns the nanoseconds of seconds and a part of one, 0 to 999,999,999.
func joinNanos(sec, nsec int64) (int64, bool) {
	if sec < 0 { // -1 s and 1 ns are less apart from zero than -1 s alone
		sec, nsec = sec+1, nsec-1e9
	}
	const perSecond = 1_000_000_000
	if sec > math.MaxInt64/perSecond || sec < math.MinInt64/perSecond {
		return 0, false
	}
	n := sec*perSecond + nsec
	if sec > 0 && n < 0 || sec < 0 && n > 0 || n == notATime {
		return 0, false
	}
	return n, true
}

// split returns x units as whole seconds, rounded down, and nanoseconds. It is false
// where there are more seconds than an int64 holds, or a part of a nanosecond.
func (u timeUnit) split(x int64) (sec, nsec int64, ok bool) {
	if u == nanoseconds { // by far the most, and quickly done
		sec, nsec = floorDivide(x, 1e9)
		return sec, nsec, true
	}
	negative, size := x < 0, magnitude(x)
	times, over := u.parts()
	// The product has up to 128 bits: first all multiples of the base, then exactly
	// the part below a nanosecond, and what is left in seconds.
	hi, lo := bits.Mul64(size, uint64(u.multiple))
	if over > 1 {
		var rest uint64
		if hi, lo, rest = divide(hi, lo, uint64(over)); rest != 0 {
			return 0, 0, false
		}
	}
	perSecond := uint64(1e9)
	if times >= 1e9 {
		carry, low := bits.Mul64(lo, uint64(times/1e9))
		over, high := bits.Mul64(hi, uint64(times/1e9))
		high, c := bits.Add64(high, carry, 0)
		if over != 0 || c != 0 {
			return 0, 0, false
		}
		hi, lo, perSecond = high, low, 1
	} else {
		perSecond /= uint64(times)
	}
	hi, whole, rest := divide(hi, lo, perSecond)
	if hi != 0 || whole > math.MaxInt64 {
		return 0, 0, false
	}
	sec, nsec = int64(whole), int64(rest*(1e9/perSecond))
	if negative {
		sec, nsec = -sec, -nsec
		if nsec < 0 {
			sec, nsec = sec-1, nsec+1e9
		}
	}
	return sec, nsec, true
}

// divide divides a number of 128 bits.
func divide(hi, lo, by uint64) (qhi, qlo, rest uint64) {
	qhi, hi = hi/by, hi%by
	qlo, rest = bits.Div64(hi, lo, by)
	return qhi, qlo, rest
}

// Seconds between Go's zero time, on which time.Time counts, and 1970.
const zeroTime = -62135596800

// instant returns the time x units after the start of 1970, in UTC. NaT is the zero
// time. It is false where no time.Time, or only the zero one, is that instant.
func (u timeUnit) instant(x int64) (time.Time, bool) {
	if x == notATime {
		return time.Time{}, true
	}
	sec, nsec, ok := u.since1970(x)
	if !ok || sec > math.MaxInt64+zeroTime || sec == zeroTime && nsec == 0 {
		return time.Time{}, false
	}
	return time.Unix(sec, nsec).UTC(), true
}

// since1970 is split for all units but the generic one.
func (u timeUnit) since1970(x int64) (sec, nsec int64, ok bool) {
	switch u.base {
	case generic:
		return 0, 0, false
	case years, months:
		sec, ok = u.calendar(x)
		return sec, 0, ok
	}
	return u.split(x)
}

// calendar returns the second at which month or year x after 1970 starts.
func (u timeUnit) calendar(x int64) (sec int64, ok bool) {
	const most = 290e9 // years; those that seconds in an int64 reach are a few more
	hi, n := bits.Mul64(magnitude(x), uint64(u.multiple))
	if hi != 0 || n > 12*most {
		return 0, false
	}
	count := int64(n)
	if x < 0 {
		count = -count
	}
	year, month := count, int64(0)
	if u.base == months {
		year, month = floorDivide(count, 12)
	}
	if year > most || year < -most {
		return 0, false
	}
	// The calendar repeats every 400 years, which keeps time.Date in its own range.
	const cycle = 146097 * 24 * 60 * 60
	cycles, year := floorDivide(year, 400)
	return cycles*cycle + time.Date(int(1970+year), time.Month(1+month), 1, 0, 0, 0, 0, time.UTC).Unix(), true
}

func floorDivide(a, by int64) (quotient, rest int64) {
	quotient, rest = a/by, a%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}

// nanosSince1970 is the number that is written for t, and false where an int64
// does not reach: before 1677-09-21 or after 2262-04-11. The zero time is NaT.
func nanosSince1970(t time.Time) (int64, bool) {
	if t.IsZero() {
		return notATime, true
	}
	return joinNanos(t.Unix(), int64(t.Nanosecond()))
}
