package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// cutLab is a chain in which the two at the end have the cutoff option, and tell when they
// have come to their end. All of it has been computed, without the option.
func cutLab(t testing.TB, ended *[]string, swallow bool) *lab {
	end := func(name string, compute func(context.Context, *lab) (int, error)) func(context.Context, *lab) (int, error) {
		return func(ctx context.Context, l *lab) (int, error) {
			v, err := compute(ctx, l)
			if swallow && err != nil {
				v, err = -1, nil
			}
			if err == nil {
				*ended = append(*ended, name)
			}
			return v, err
		}
	}
	l := newLab(t, labComputes{
		"raw":  read("file"),
		"half": end("half", scaled(2, "raw")),
		"mid":  end("mid", sum("half")),
		"top":  end("top", sum("mid", "raw2")),
		"raw2": read("file2"),
	})
	l.put("file", 10)
	l.put("file2", 100)
	l.want("top", 105, "top", "mid", "half", "raw", "raw2")
	return l
}

func (l *lab) cutting() *lab {
	next := l.again()
	next.bind(map[string]*diskcache.FieldOptions{"mid": {Cutoff: true}, "top": {Cutoff: true}})
	return next
}

func TestCutoff(t *testing.T) {
	var ended []string
	l := cutLab(t, &ended, false)

	check := func(l *lab, want int, computed []string, ends ...string) {
		t.Helper()
		ended = nil
		l.want("top", want, computed...)
		if fmt.Sprint(ended) != fmt.Sprint(ends) {
			t.Errorf("%v came to their end, want %v", ended, ends)
		}
	}
	l.put("file", 11) // half comes out the same
	next := l.cutting()
	check(next, 105, []string{"top", "mid", "half", "raw"}, "half")
	check(next, 105, nil)
	check(l.again(), 105, nil)
	diskcache.Recheck() // the first one has the former values in memory
	check(l, 105, nil)

	l.put("file", 20)
	check(l.cutting(), 110, []string{"top", "mid", "half", "raw"}, "half", "mid", "top")
	l.put("file2", 200)
	check(l.cutting(), 210, []string{"top", "raw2"}, "top")
	l.put("file", 21)
	l.put("file2", 300)
	check(l.cutting(), 310, []string{"top", "mid", "half", "raw", "raw2"}, "half", "top")
}

// TestCutoffTells: what a call says that was broken off.
func TestCutoffTells(t *testing.T) {
	var ended []string
	l := cutLab(t, &ended, false)
	l.put("file", 11)
	var o diskcache.Outcome
	if v, err := l.cutting().get(diskcache.WithOutcome(t.Context(), &o), "mid"); v != 5 || err != nil {
		t.Fatal(v, err)
	}
	if o.Source != diskcache.FromDisk || o.Why != diskcache.NoReason || o.Reason != "what it was made of was computed anew, and came out the same" {
		t.Errorf("source %v, why %v, %q", o.Source, o.Why, o.Reason)
	}
}

// TestSwallowedCutoff: whatever the computation makes of the error, the stored value counts.
func TestSwallowedCutoff(t *testing.T) {
	var ended []string
	l := cutLab(t, &ended, true)
	l.put("file", 11)
	l.cutting().want("mid", 5, "mid", "half", "raw")
	l.again().want("mid", 5)
	l.again().want("top", 105)
}

// TestCutoffWithoutValue: the stored value goes while it is found to be good.
func TestCutoffWithoutValue(t *testing.T) {
	remove := false
	l := newLab(t, labComputes{
		"raw": func(ctx context.Context, l *lab) (int, error) {
			v, err := read("file")(ctx, l)
			if remove {
				remove = false
				l.remove(l.value("top"))
			}
			return v / 2, err
		},
		"top": sum("raw"),
	})
	l.put("file", 10)
	l.want("top", 5, "top", "raw")
	l.put("file", 11)
	next := l.again()
	next.bind(map[string]*diskcache.FieldOptions{"top": {Cutoff: true}})
	remove = true
	next.want("top", 5, "top", "raw", "top")
	l.again().want("top", 5)
}

// TestCutoffAtOnce: many ask, and one of them finds out.
func TestCutoffAtOnce(t *testing.T) {
	var ended []string
	l := cutLab(t, &ended, false)
	l.put("file", 11)
	next := l.cutting()
	failed := make(chan error)
	for range 20 {
		go func() {
			v, err := next.get(t.Context(), "top")
			if err == nil && v != 105 {
				err = fmt.Errorf("top is %d", v)
			}
			failed <- err
		}()
	}
	for range 20 {
		if err := <-failed; err != nil {
			if errors.Is(err, diskcache.ErrUnchanged) {
				t.Error("ErrUnchanged came out")
			}
			t.Error(err)
		}
	}
	if len(next.computed) != 4 {
		t.Errorf("computed %v", next.computed)
	}
}
