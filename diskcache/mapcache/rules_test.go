package mapcache_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// saver is a Save hook that notes when it was called and how many entries it got.
type saver struct {
	began time.Time
	at    []time.Duration
	sizes []int
	takes time.Duration
	fails int // how many of the next calls fail
}

var errDisk = errors.New("the disk is full")

func (s *saver) hooks() mapcache.Hooks[int, int] {
	return mapcache.Hooks[int, int]{Save: func(_ context.Context, _ string, contents map[int]int) error {
		s.at = append(s.at, time.Since(s.began))
		s.sizes = append(s.sizes, len(contents))
		time.Sleep(s.takes)
		if s.fails > 0 {
			s.fails--
			return errDisk
		}
		return nil
	}}
}

// step is some changes at a time since the beginning.
type step struct {
	at      time.Duration
	changes int
}

func TestRules(t *testing.T) {
	s, minute := time.Second, time.Minute
	tests := []struct {
		name  string
		rules []mapcache.Rule
		steps []step
		want  []time.Duration // of saves within an hour
	}{
		{"no change", nil, nil, nil},
		{"one change is saved within 300 s", nil, []step{{0, 1}}, []time.Duration{300 * s}},
		{"nine changes too", nil, []step{{0, 9}}, []time.Duration{300 * s}},
		{"ten within 60 s", nil, []step{{0, 10}}, []time.Duration{60 * s}},
		{"10,000 at once", nil, []step{{5 * s, 10_000}}, []time.Duration{5 * s}},
		{"the 10,000th change", nil, []step{{5 * s, 9_999}, {59 * s, 1}}, []time.Duration{59 * s}},
		{"9,999 are ten or more", nil, []step{{0, 9_999}}, []time.Duration{60 * s}},
		{"the first counts", nil, []step{{0, 9}, {30 * s, 1}}, []time.Duration{60 * s}},
		{"the tenth comes when the first is older than 60 s", nil, []step{{0, 9}, {100 * s, 1}}, []time.Duration{100 * s}},
		{"changes after a save wait anew", nil, []step{{0, 1}, {1000 * s, 1}}, []time.Duration{300 * s, 1300 * s}},
		{"a flow of changes", nil, []step{{0, 10}, {60*s + 1, 10}, {120*s + 2, 10}}, []time.Duration{60 * s, 120*s + 1, 180*s + 2}},
		// The cases of CacheMan's own numbers: it saves when the next change comes.
		{"10 changes, and one after 60 s", nil, []step{{0, 10}, {61 * s, 1}}, []time.Duration{60 * s, 361 * s}},
		{"one change, and one after 300 s", nil, []step{{0, 1}, {301 * s, 1}}, []time.Duration{300 * s, 601 * s}},
		{"own rule, reached", []mapcache.Rule{{Changes: 3, Within: minute}}, []step{{0, 2}, {10 * s, 1}}, []time.Duration{minute}},
		{"own rule, not reached", []mapcache.Rule{{Changes: 3, Within: minute}}, []step{{0, 2}}, nil},
		{"a rule beside one that is not reached", []mapcache.Rule{{1, s}, {3, 200 * time.Millisecond}}, []step{{0, 1}}, []time.Duration{s}},
		{"a rule beside one that is reached", []mapcache.Rule{{1, s}, {3, 200 * time.Millisecond}}, []step{{0, 3}}, []time.Duration{200 * time.Millisecond}},
		{"own rules in any order", []mapcache.Rule{{1, 10 * minute}, {5, minute}}, []step{{0, 5}}, []time.Duration{minute}},
		{"rules of one time", []mapcache.Rule{{5, minute}, {1, minute}}, []step{{0, 1}}, []time.Duration{minute}},
		{"at once", []mapcache.Rule{{Changes: 3}}, []step{{0, 2}, {10 * s, 1}}, []time.Duration{10 * s}},
		{"no rules", manually(), []step{{0, 100_000}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, _ := newManager(t, "")
				saves := &saver{began: time.Now()}
				c := register(t, m, "c", mapcache.Options[int, int]{InMemory: true, Rules: test.rules, Hooks: saves.hooks()})
				key := 0
				for _, step := range test.steps {
					time.Sleep(time.Until(saves.began.Add(step.at)))
					for range step.changes {
						c.Set(key, key)
						key++
					}
				}
				time.Sleep(time.Until(saves.began.Add(time.Hour)))
				synctest.Wait()
				if !slices.Equal(saves.at, test.want) {
					t.Errorf("saved after %v, want %v", saves.at, test.want)
				}
				before := len(saves.at)
				check(t, m.Close(t.Context()))
				if last := len(saves.at) > before; last != (len(test.want) == 0 && len(test.steps) > 0) {
					t.Errorf("Close saved: %t", last)
				}
			})
		})
	}
}

// TestPauseBetweenSaves has changes that are due at once, always.
func TestPauseBetweenSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := newManager(t, "")
		saves := &saver{began: time.Now(), takes: time.Second}
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, Rules: []mapcache.Rule{{Changes: 1}}, Hooks: saves.hooks(),
		})
		for k := range 100 {
			c.Set(k, k)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []time.Duration{0, 2 * time.Second, 4 * time.Second, 6 * time.Second, 8 * time.Second, 10 * time.Second}
		if !slices.Equal(saves.at, want) {
			t.Errorf("saves began after %v, want %v", saves.at, want)
		}
		if last := saves.sizes[len(saves.sizes)-1]; last != 100 {
			t.Errorf("the last save had %d entries, want 100", last)
		}
	})
}

// TestEmptyContentsAreNotDueForEver removes all entries where none are not saved.
func TestEmptyContentsAreNotDueForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := newManager(t, "")
		saves := &saver{began: time.Now()}
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, SkipEmpty: true, Rules: []mapcache.Rule{{Changes: 2}}, Hooks: saves.hooks(),
		})
		c.Set(1, 1)
		c.Clear()
		time.Sleep(time.Hour)
		c.Set(1, 1)
		c.Set(2, 2)
		synctest.Wait()
		if !slices.Equal(saves.sizes, []int{2}) {
			t.Errorf("saved contents with %d entries, want one save of 2", saves.sizes)
		}
	})
}

func TestFailedSavesAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, heard := newManager(t, "")
		saves := &saver{began: time.Now(), fails: 3}
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, Rules: []mapcache.Rule{{Changes: 10}}, Hooks: saves.hooks(),
		})
		for k := range 10 {
			c.Set(k, k)
		}
		synctest.Wait()
		wantError(t, c.Err(), errDisk, "mapcache: save c: the disk is full")
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}; !slices.Equal(saves.at, want) {
			t.Errorf("tried after %v, want %v", saves.at, want)
		}
		if c.Err() != nil {
			t.Errorf("after a good save Err is %v", c.Err())
		}
		if failed := heard.of(diskcache.SaveFailed); len(failed) != 3 || failed[0].Name != "c" || !errors.Is(failed[0].Err, errDisk) {
			t.Errorf("told of failures: %v", failed)
		}
	})
}

func TestCloseReturnsErrorsAndTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := newManager(t, "")
		saves := &saver{began: time.Now(), fails: 1}
		c := register(t, m, "c", mapcache.Options[int, int]{InMemory: true, Hooks: saves.hooks()})
		c.Set(1, 1)
		wantError(t, m.Close(t.Context()), errDisk, "save c")
		check(t, m.Close(t.Context()))
		check(t, m.Close(t.Context()))
		if len(saves.at) != 2 {
			t.Errorf("saved %d times, want a failure and a success", len(saves.at))
		}
		_, err := mapcache.Register(m, "d", mapcache.Options[int, int]{})
		wantError(t, err, mapcache.ErrClosed, "register d")
	})
}

// TestPanicOfSaveHook has a hook that panics in the background, where nobody could
// recover from it, and in a call.
func TestPanicOfSaveHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, heard := newManager(t, "")
		panics := true
		var got int
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, Rules: []mapcache.Rule{{Changes: 1}},
			Hooks: mapcache.Hooks[int, int]{Save: func(_ context.Context, _ string, contents map[int]int) error {
				if panics {
					panic("hook")
				}
				got = len(contents)
				return nil
			}},
		})
		c.Set(1, 1)
		synctest.Wait()
		if failed := heard.of(diskcache.SaveFailed); len(failed) != 1 {
			t.Fatalf("told of %v", failed)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("Save swallowed the panic of a hook")
				}
			}()
			_ = c.Save(t.Context())
		}()
		panics = false
		check(t, c.Save(t.Context()))
		if got != 1 {
			t.Errorf("%d entries saved after the panics, want 1", got)
		}
	})
}

// TestNeverTwoSavesAtOnce has rules, Save, SaveAll and Close at the same time.
func TestNeverTwoSavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := newManager(t, "")
		running, most, last := 0, 0, 0
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, Rules: []mapcache.Rule{{Changes: 1}},
			Hooks: mapcache.Hooks[int, int]{Save: func(_ context.Context, _ string, contents map[int]int) error {
				running++
				most = max(most, running)
				time.Sleep(time.Second)
				last = len(contents)
				running--
				return nil
			}},
		})
		ended := make(chan error)
		for k := range 20 {
			c.Set(k, k)
			go func() {
				switch k % 3 {
				case 0:
					ended <- c.Save(t.Context())
				case 1:
					ended <- m.SaveAll(t.Context())
				default:
					ended <- m.Close(t.Context())
				}
			}()
			time.Sleep(300 * time.Millisecond)
		}
		for range 20 {
			check(t, <-ended)
		}
		if most != 1 || last != 20 {
			t.Errorf("%d saves at once, the last with %d entries; want 1 with 20", most, last)
		}
	})
}

// TestCloseInTime has a save that takes longer than Close may wait.
func TestCloseInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mapcache.Manager{OnEvent: func(diskcache.Event) {}}
		c := register(t, m, "c", mapcache.Options[int, int]{
			InMemory: true, Rules: []mapcache.Rule{{Changes: 1}},
			Hooks: mapcache.Hooks[int, int]{Save: func(ctx context.Context, _ string, _ map[int]int) error {
				<-ctx.Done()
				return ctx.Err()
			}},
		})
		c.Set(1, 1)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		wantError(t, m.Close(ctx), context.DeadlineExceeded, "save c")
		if took := time.Since(start); took != time.Second {
			t.Errorf("Close took %v, its context ended after a second", took)
		}
	}) // and the save in the background has ended, or synctest would complain
}

func TestRulesThatAreNone(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	for _, rules := range [][]mapcache.Rule{
		{{Changes: 0, Within: time.Second}},
		{{Changes: 1, Within: time.Second}, {Changes: 1, Within: -1}},
	} {
		_, err := mapcache.Register(m, "c", mapcache.Options[int, int]{Rules: rules})
		wantError(t, err, nil, "within")
	}
}
