package wording

import (
	"fmt"
	"strings"
	"time"
)

// Duration shows a duration in its two largest units, as in 2.1 s or 3 min 20 s.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "-" + Duration(max(-d, -(d+1))) // the least one has no negative
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	case d < time.Minute:
		return digits(d.Seconds()) + " s"
	case d < time.Hour:
		return twoUnits(d, time.Minute, "min", time.Second, "s")
	case d < 2*day:
		return twoUnits(d, time.Hour, "h", time.Minute, "min")
	}
	return twoUnits(d, day, "days", time.Hour, "h")
}

func twoUnits(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := fmt.Sprintf("%d %s", d/large, largeName)
	if rest := d % large / small; rest > 0 {
		text += fmt.Sprintf(" %d %s", rest, smallName)
	}
	return text
}

// Bytes shows a number of bytes, as in 8.2 kB.
func Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	x, units := float64(n)/1000, []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	for x >= 1000 {
		x, units = x/1000, units[1:]
	}
	return digits(x) + " " + units[0]
}

// digits shows two of them at least: 2.1, 21 and 213.
func digits(x float64) string {
	if x < 9.95 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return fmt.Sprintf("%.0f", x)
}

// Time shows a time to the second, the same on every machine.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
