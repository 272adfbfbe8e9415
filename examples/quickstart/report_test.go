package main

import (
	"strings"
	"testing"
	"time"
)

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "0 ns",
		7:                                 "7 ns",
		999:                               "999 ns",
		1234:                              "1.23 µs",
		96_400:                            "96.4 µs",
		999_999:                           "1 ms",
		12_345 * time.Microsecond:         "12.3 ms",
		999_999 * time.Microsecond:        "1.00 s",
		3_456 * time.Millisecond:          "3.46 s",
		100*time.Second + time.Nanosecond: "100.00 s",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%d ns is %q, want %q", d, got, want)
		}
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 3 << 19: "1.5 MiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

func TestPythonString(t *testing.T) {
	if got, want := pythonString(`C:\it's`), `'C:\\it\'s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTotals(t *testing.T) {
	made := result{name: "a", from: computed, took: 2 * time.Second, computing: time.Second, bytes: 2048, path: "/c/a.npy"}
	read := result{name: "b", from: fromDisk, took: 3 * time.Millisecond, computing: 5 * time.Second, bytes: 100, path: "/c/b.gob"}
	for _, c := range []struct {
		results []result
		want    string
	}{
		{[]result{made, made}, "computed 2 results in 4.00 s and stored them (4.0 KiB); run me again\n"},
		{[]result{read}, "computed nothing: 1 result from disk in 3 ms (would have taken 5.00 s)\n"},
		{[]result{made, read, read}, "computed 1 result in 2.00 s; 2 from disk in 6 ms (would have taken 10.00 s); run me again\n"},
	} {
		var total totals
		for _, r := range c.results {
			total.add(r)
		}
		var b strings.Builder
		total.write(&b)
		if got := b.String(); !strings.HasSuffix(got, c.want) {
			t.Errorf("printed %q, want %q at the end", got, c.want)
		}
		hasArray := strings.Contains(b.String(), "np.load('/c/a.npy')")
		if wantArray := c.results[0].from == computed; hasArray != wantArray {
			t.Errorf("%q: shows how to open a.npy: %v, want %v", b.String(), hasArray, wantArray)
		}
	}
}
