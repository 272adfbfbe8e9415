package diskcache_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// What was loaded from disk is not good any more when its upstream is computed anew by the
// same program, whether it is in memory or not.
func TestRefreshedUpstream(t *testing.T) {
	for name, tops := range map[string][]string{"in memory": {"top", "other"}, "on disk": {"other"}} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			n.Store(1)
			l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw"), "other": sum("raw")})
			l.want("top", 1, "top", "raw")
			l.want("other", 1, "other")
			next := l.copied()
			next.want("top", 1)
			n.Store(2)
			next.refresh("raw")
			for _, top := range tops {
				next.want(top, 2, top)
			}
		})
	}
}

// An upstream of another version that limits have removed.
func TestGoneUpstreamOfAnotherVersion(t *testing.T) {
	var n atomic.Int64
	n.Store(1)
	l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw")})
	l.want("top", 1, "top", "raw")
	l.remove(l.value("raw"), l.record("raw"))
	n.Store(2)
	next := l.again()
	next.bind(map[string]*diskcache.FieldOptions{"raw": {Version: "2"}})
	next.want("top", 2, "top", "raw")
}

// An upstream that has expired, and is then gone, as pruning removes what has expired first.
func TestGoneUpstreamThatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		n.Store(1)
		l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw")})
		fields := map[string]*diskcache.FieldOptions{"raw": {TTL: time.Second}}
		l.bind(fields)
		l.want("top", 1, "top", "raw")
		time.Sleep(2 * time.Second)
		n.Store(2)
		l.remove(l.value("raw"), l.record("raw"))
		next := l.again()
		next.bind(fields)
		next.want("top", 2, "top", "raw")
	})
}

// An upstream that was renamed, and then came out different, or has another version.
func TestRenamedUpstream(t *testing.T) {
	var n atomic.Int64
	renamed := func(t *testing.T, l *lab, version string) *lab {
		next := newLabIn(t, l.copyDir(), l.raw, labComputes{"raw2": varying(&n), "top": sum("raw2")})
		bindings := []diskcache.Binding{{Cacher: &next.methods["top"].cacher, Name: "top"},
			{Cacher: &next.methods["raw2"].cacher, Name: "raw2", Former: []string{"raw"}, Field: &diskcache.FieldOptions{Version: version}}}
		if err := diskcache.BindAll("night", bindings, diskcache.Observer{}); err != nil {
			t.Fatal(err)
		}
		return next
	}
	begin := func(t *testing.T) *lab {
		n.Store(1)
		l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw")})
		l.want("top", 1, "top", "raw")
		return l
	}
	t.Run("same", func(t *testing.T) {
		l := begin(t)
		renamed(t, l, "").want("top", 1)
		renamed(t, l, "").want("raw2", 1)
		renamed(t, l, "").want("top", 1)
	})
	t.Run("refreshed", func(t *testing.T) {
		l := begin(t)
		n.Store(2)
		next := renamed(t, l, "")
		next.refresh("raw2")
		renamed(t, next, "").want("top", 2, "top")
	})
	t.Run("other version", func(t *testing.T) {
		l := begin(t)
		n.Store(2)
		renamed(t, l, "2").want("top", 2, "top", "raw2")
	})
}

// endingContext ends after its Err was asked for some times.
type endingContext struct {
	context.Context
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// A call that is given up leaves nothing behind that makes others compute.
func TestLookThatIsGivenUp(t *testing.T) {
	for left := range int64(40) {
		l := newLab(t, labComputes{"raw": read("file"), "half": sum("raw"), "top": sum("half")})
		l.put("file", 3)
		l.want("top", 3, "top", "half", "raw")
		later := time.Now().Add(time.Hour)
		if err := os.Chtimes(l.path("file"), later, later); err != nil {
			t.Fatal(err)
		}
		next := l.copied()
		ctx := &endingContext{Context: context.Background()}
		ctx.left.Store(left)
		if v, err := next.get(ctx, "top"); err == nil && v != 3 || err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(left, v, err)
		}
		if len(next.computed) > 0 {
			t.Errorf("ended after %d questions: computed %v", left, next.computed)
		}
		next.computed = nil
		if v, err := next.get(context.Background(), "top"); v != 3 || err != nil || len(next.computed) > 0 {
			t.Errorf("ended after %d questions: then %d, %v after computing %v", left, v, err, next.computed)
		}
	}
}
