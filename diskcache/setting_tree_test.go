package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// Two trees with one tag and directory have settings of one name and different values:
// each is judged by its own, in memory and on disk, whatever the other one stores.
func TestSettingsOfTwoTrees(t *testing.T) {
	dir := t.TempDir()
	a, b := newAmplifier(t, dir, 0.5), newAmplifier(t, dir, 0.6)
	check := func(of *amplifier, gain float64) {
		t.Helper()
		twice, err := of.Twice(t.Context())
		if err != nil || twice[0] != 20*gain {
			t.Errorf("twice: got %v, %v, want %v", twice, err, 20*gain)
		}
		if signal, err := of.Signal(t.Context()); err != nil || signal[0] != 10*gain {
			t.Errorf("signal: got %v, %v, want %v", signal, err, 10*gain)
		}
	}
	for range 2 {
		check(a, 0.5)
		check(b, 0.6)
		check(a, 0.5)
		if err := diskcache.CloseAll([]diskcache.Cacher{&a.signal, &a.twice, &b.signal, &b.twice}); err != nil {
			t.Fatal(err)
		}
		check(b, 0.6)
	}
	b.gain.Set(0.5)
	check(a, 0.5)
	check(b, 0.5)
	a.gain.Set(0.6)
	check(a, 0.6)
	check(b, 0.5)
}

// What one tree found out about an entry says nothing to the other.
func TestFindingsOfTwoTrees(t *testing.T) {
	dir := t.TempDir()
	newAmplifier(t, dir, 0.5).expect(t, 0.5, 1, 1)
	a, b := newAmplifier(t, dir, 0.5), newAmplifier(t, dir, 0.6)
	for _, tree := range []struct {
		*amplifier
		want float64
	}{{a, 10}, {b, 12}} {
		if v, err := tree.Twice(t.Context()); err != nil || v[0] != tree.want {
			t.Errorf("got %v, %v, want %v", v, err, tree.want)
		}
	}
	if a.runs != 0 || b.runs != 1 {
		t.Errorf("computed %d and %d times, want 0 and 1", a.runs, b.runs)
	}
}

// One object with settings may be part of several trees, which have several tags.
func TestSettingInSeveralTrees(t *testing.T) {
	dir := t.TempDir()
	round := func(gain float64, want int) {
		t.Helper()
		shared := new(diskcache.Setting[float64])
		shared.Set(gain)
		var runs int
		caches := map[string]*diskcache.DiskCacher[float64]{}
		for _, tag := range []string{"first", "second", "third"} {
			c := new(diskcache.DiskCacher[float64])
			caches[tag] = c
			err := errors.Join(c.SetTmpdir(dir), diskcache.BindAll(tag, []diskcache.Binding{{Cacher: c, Name: "root.A.method"}},
				diskcache.Observer{}, diskcache.Declaration{Setting: shared, Name: "root." + tag + ".gain"}))
			if err != nil {
				t.Fatal(err)
			}
		}
		for tag, c := range caches {
			v := mustExecute(t, c, func(ctx context.Context) (float64, error) {
				runs++
				return shared.Use(ctx), nil
			})
			if v != gain {
				t.Errorf("%s: got %v, want %v", tag, v, gain)
			}
			if uses := usesOfEntry(t, c, "root.A.method"); len(uses) != 1 || uses[0].Name != "root."+tag+".gain" || uses[0].Directory != "" {
				t.Errorf("%s: got %+v", tag, uses)
			}
		}
		if runs != want {
			t.Errorf("gain %v: computed %d times, want %d", gain, runs, want)
		}
	}
	round(0.5, 3)
	round(0.5, 0)
	round(0.6, 3)
}

// Settings go where their tree goes.
func TestSettingsMove(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	a := newAmplifier(t, one, 0.5)
	a.expect(t, 0.5, 1, 1)
	for _, move := range []func() error{
		func() error { return a.update(diskcache.WithTmpdir(other)) },
		func() error { return a.update(diskcache.WithPrefix("p")) },
		func() error { return a.tag("20250101_000000") },
		func() error { return a.update(diskcache.WithOptions(diskcache.Options{Store: storage.Memory()})) },
	} {
		if err := move(); err != nil {
			t.Fatal(err)
		}
		path, _ := a.signal.FullPath()
		a.gain.Set(0.5)
		a.runs, a.twiceN = 0, 0
		a.expect(t, 0.5, 1, 1)
		if uses := usesOfEntry(t, &a.signal, "root.A.signal"); len(uses) != 1 || uses[0].Directory != "" {
			t.Errorf("%s: got %+v", path, uses)
		}
		a.gain.Set(0.6)
		a.expect(t, 0.6, 2, 2)
	}
	fresh := newAmplifier(t, one, 0.5) // where nothing has changed
	fresh.expect(t, 0.5, 0, 0)
}

// A tree whose cachers keep their entries in several directories.
func TestSettingsInSeveralDirectories(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	newTree := func(gain float64) *amplifier {
		a := new(amplifier)
		a.gain.Set(gain)
		if err := errors.Join(a.update(diskcache.WithTmpdir(one)), a.twice.SetTmpdir(other), a.tag(testTag)); err != nil {
			t.Fatal(err)
		}
		return a
	}
	newTree(0.5).expect(t, 0.5, 1, 1)
	a := newTree(0.5)
	a.expect(t, 0.5, 0, 0)
	a.gain.Set(0.6)
	a.expect(t, 0.6, 1, 1)
	if err := a.signal.ClearCache(); err != nil { // then what twice inherited decides
		t.Fatal(err)
	}
	late := newTree(0.5)
	late.expect(t, 0.5, 1, 1)
}

// Who looks at a place, and has no tree, judges by what this program declares there, and
// knows nothing where it declares nothing.
func TestSettingsSeenFromOutside(t *testing.T) {
	dir := t.TempDir()
	a := newAmplifier(t, dir, 0.5)
	a.expect(t, 0.5, 1, 1)
	validity := func() (diskcache.Reason, string) {
		t.Helper()
		p := placeOf(t, diskcache.Options{Tmpdir: dir})
		return p.Validity(t.Context(), entriesAt(t, p)["root.A.signal"])
	}
	if why, reason := validity(); why != diskcache.NoReason {
		t.Errorf("got %v, %s", why, reason)
	}
	a.gain.Set(0.6)
	if why, reason := validity(); why != diskcache.InputChanged || !strings.Contains(reason, "was 0.5 and is 0.6") {
		t.Errorf("got %v, %s", why, reason)
	}
	runtime.KeepAlive(a)
	collected(t, "the setting is known although nobody has it", func() bool {
		why, reason := validity()
		return why == diskcache.InputChanged && strings.Contains(reason, "not declared by this program")
	})
}

// An object with settings is collected when nobody holds it, also while another one of its
// tag lives, and one that has a setting in common with it.
func TestCollectedSettings(t *testing.T) {
	dir := t.TempDir()
	stays := newAmplifier(t, dir, 0.5)
	stays.expect(t, 0.5, 1, 1)
	var gone atomic.Int64
	for range 10 {
		a := newAmplifier(t, dir, 0.5)
		err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &a.signal, Name: "root.A.signal"}}, diskcache.Observer{},
			diskcache.Declaration{Setting: &a.gain, Name: "root.A.gain"}, diskcache.Declaration{Setting: &stays.gain, Name: "root.A.shared"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Signal(t.Context()); err != nil {
			t.Fatal(err)
		}
		runtime.AddCleanup(a, func(*int) { gone.Add(1) }, nil)
	}
	collected(t, "objects are kept alive by their settings", func() bool { return gone.Load() == 10 })
	stays.expect(t, 0.5, 1, 1)
	runtime.KeepAlive(stays)
}

// A call that began after the setting was set does not get what another one began to
// compute before.
func TestSettingWhileOthersCompute(t *testing.T) {
	for _, fails := range []bool{false, true} { // with the setting of before
		synctest.Test(t, func(t *testing.T) {
			var s diskcache.Setting[int]
			var c diskcache.DiskCacher[int]
			err := diskcache.UpdateAll([]diskcache.Cacher{&c}, diskcache.WithOptions(diskcache.Options{Store: storage.Memory(), Recheck: -1}), &s)
			err = errors.Join(err, diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &c, Name: "root.A.method"}}, diskcache.Observer{},
				diskcache.Declaration{Setting: &s, Name: "root.A.setting"}))
			if err != nil {
				t.Fatal(err)
			}
			goOn := make(chan struct{})
			compute := func(ctx context.Context) (int, error) {
				v := s.Use(ctx)
				<-goOn
				if fails && v == 0 {
					return 0, errors.New("zero")
				}
				return v, nil
			}
			first, second := make(chan string, 1), make(chan string, 1)
			ask := func(to chan string) {
				v, err := c.Execute(context.Background(), compute)
				to <- fmt.Sprint(v, err)
			}
			go ask(first)
			synctest.Wait()
			s.Set(1)
			go ask(second)
			synctest.Wait()
			close(goOn)
			if got := <-second; got != "1 <nil>" {
				t.Errorf("got %s, want 1", got)
			}
			<-first
			if v := mustExecute(t, &c, compute); v != 1 {
				t.Errorf("got %d afterwards, want 1", v)
			}
		})
	}
}

func init() { childJobs["amplify"] = amplify }

// amplify is another process that uses a setting.
func amplify(dir string) error {
	a := new(amplifier)
	a.gain.Set(0.6)
	if err := errors.Join(a.update(diskcache.WithTmpdir(dir)), a.tag(testTag)); err != nil {
		return err
	}
	v, err := a.Twice(context.Background())
	fmt.Println(v, a.runs, a.twiceN)
	return err
}

func TestSettingInOtherProcess(t *testing.T) {
	dir := t.TempDir()
	a := newAmplifier(t, dir, 0.5)
	a.expect(t, 0.5, 1, 1)
	for _, want := range []string{"[12] 1 1\n", "[12] 0 0\n"} {
		child := testrun.Command(os.Args[0])
		child.Env = append(os.Environ(), childJob+"=amplify", childDir+"="+dir)
		if out, err := child.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("got %q, %v, want %q", out, err, want)
		}
	}
	a.gain.Set(0.6)
	a.expect(t, 0.6, 1, 1) // what the other process stored
}

// In a directory that was copied, settings have the same names.
func TestSettingsOfCopies(t *testing.T) {
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copied")
	newAmplifier(t, dir, 0.5).expect(t, 0.5, 1, 1)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	newAmplifier(t, copied, 0.5).expect(t, 0.5, 0, 0)
	newAmplifier(t, copied, 0.6).expect(t, 0.6, 1, 1)
}
