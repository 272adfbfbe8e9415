package wording_test

import (
	"math"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/wording"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0 s",
		999:                           "999 ns",
		1000:                          "1 µs",
		1234:                          "1.2 µs",
		999_999:                       "1000 µs",
		12_345_678:                    "12 ms",
		2100 * time.Millisecond:       "2.1 s",
		2 * time.Second:               "2 s",
		59 * time.Second:              "59 s",
		time.Minute:                   "1 min",
		200 * time.Second:             "3 min 20 s",
		time.Hour:                     "1 h",
		36*time.Hour + 59*time.Second: "36 h",
		125 * time.Minute:             "2 h 5 min",
		720 * time.Hour:               "30 days",
		50 * time.Hour:                "2 days 2 h",
		-2 * time.Second:              "-2 s",
		math.MaxInt64:                 "106751 days 23 h",
		math.MinInt64:                 "-106751 days 23 h",
	} {
		if got := wording.Duration(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 8192: "8.2 kB", 128_000_000: "128 MB", 9_960_000_000: "10 GB", math.MaxInt64: "9.2 EB",
	} {
		if got := wording.Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	here := time.Date(2026, 11, 20, 12, 11, 5, 999, time.FixedZone("two hours ahead", 7200))
	if got := wording.Time(here); got != "2026-11-20 10:11:05 UTC" {
		t.Error(got)
	}
}
