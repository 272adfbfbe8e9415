//go:build unix

package diskcache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Two users of one machine, and a group that both are in; a third one is in another.
const (
	alice, bob, carol = 21001, 21002, 21003
	team, otherTeam   = 21010, 21011
)

const (
	tmpOptions         = "DATAELAB_TEST_TMP_OPTIONS"
	refusal            = "belongs to user 21001, who could put any value there: choose another temporary directory or prefix, or set Options.Shared"
	refusedLink        = "is a link: it could lead anywhere, so it is not followed; remove it or choose another temporary directory"
	deniedToOtherGroup = "permission denied"
)

// tmpUse is what a program of a user saw of its cache in the machine's temporary directory.
type tmpUse struct {
	Value    []int // the number of the user who computed it
	Computed bool
	Failed   string // why it was not saved
	Cleared  string // what ClearCache said, where it was asked for
}

func init() {
	childJobs["use the machine's tmp"] = func(string) error {
		var use tmpUse
		o := diskcache.Options{OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SaveFailed {
				use.Failed = e.Err.Error()
			}
		}}
		var prefix string
		if _, err := fmt.Sscanf(os.Getenv(tmpOptions), "%q %t", &prefix, &o.Shared); err != nil {
			return err
		}
		o.Prefix = prefix
		c := new(diskcache.DiskCacher[[]int])
		if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
			return err
		}
		v, err := c.Execute(context.Background(), func(context.Context) ([]int, error) {
			use.Computed = true
			return []int{os.Getuid()}, nil
		})
		if err != nil {
			return err
		}
		use.Value = v
		if os.Getenv(tmpOptions+"_CLEAR") != "" {
			if err := c.ClearCache(); err != nil {
				use.Cleared = err.Error()
			}
		}
		return json.NewEncoder(os.Stdout).Encode(use)
	}
}

// machine is one with a temporary directory that all its users write to.
type machine struct {
	*testing.T
	tmp, program string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped, not checked with two users: only root can be both")
	}
	tmp := t.TempDir()
	openUp(t, tmp)
	if err := os.Chmod(tmp, 0o777|os.ModeSticky); err != nil { // as /tmp is
		t.Fatal(err)
	}
	return &machine{t, tmp, programForAll(t)}
}

// person is a user who runs a program with these options; the rest are defaults.
type person struct {
	uid, gid uint32
	prefix   string
	shared   bool
	clears   bool
}

func (m *machine) run(p person) tmpUse {
	m.Helper()
	cmd := child(m, "use the machine's tmp", "")
	cmd.Env = append(cmd.Env, "TMPDIR="+m.tmp, fmt.Sprintf("%s=%q %t", tmpOptions, p.prefix, p.shared))
	if p.clears {
		cmd.Env = append(cmd.Env, tmpOptions+"_CLEAR=1")
	}
	become(cmd, m.program, p.uid, p.gid)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.Fatalf("user %d: %v: %s", p.uid, err, out)
	}
	var use tmpUse
	if err := json.Unmarshal(out, &use); err != nil {
		m.Fatalf("user %d: %v: %s", p.uid, err, out)
	}
	return use
}

// owned makes something that belongs to a user.
func (m *machine) owned(uid int, path string, err error) string {
	m.Helper()
	if err := errors.Join(err, os.Lchown(path, uid, team)); err != nil {
		m.Fatal(err)
	}
	return path
}

// Users who choose nothing meet in one directory: who comes second computes, has the
// result, and is told what to do. Prefixes keep them apart, Shared brings them together.
func TestTwoUsers(t *testing.T) {
	for name, c := range map[string]struct {
		runs  []person
		wants []tmpUse
	}{
		"default options": {
			[]person{{uid: alice, gid: team}, {uid: bob, gid: team}, {uid: bob, gid: team}, {uid: alice, gid: team}},
			[]tmpUse{{Value: []int{alice}, Computed: true}, {Value: []int{bob}, Computed: true, Failed: refusal},
				{Value: []int{bob}, Computed: true, Failed: refusal}, {Value: []int{alice}}},
		},
		"prefixes of their own": {
			[]person{{uid: alice, gid: team, prefix: "alice-"}, {uid: bob, gid: team, prefix: "bob-"}, {uid: alice, gid: team, prefix: "alice-"}, {uid: bob, gid: team, prefix: "bob-"}},
			[]tmpUse{{Value: []int{alice}, Computed: true}, {Value: []int{bob}, Computed: true}, {Value: []int{alice}}, {Value: []int{bob}}},
		},
		"shared": {
			[]person{{uid: alice, gid: team, shared: true}, {uid: bob, gid: team, shared: true, clears: true}, {uid: bob, gid: team, shared: true}, {uid: alice, gid: team, shared: true}},
			[]tmpUse{{Value: []int{alice}, Computed: true}, {Value: []int{alice}}, {Value: []int{bob}, Computed: true}, {Value: []int{bob}}},
		},
		"shared with a team, and another one": {
			[]person{{uid: alice, gid: team, shared: true}, {uid: carol, gid: otherTeam, shared: true, clears: true}, {uid: bob, gid: team, shared: true}},
			[]tmpUse{{Value: []int{alice}, Computed: true}, {Value: []int{carol}, Computed: true, Failed: deniedToOtherGroup, Cleared: deniedToOtherGroup}, {Value: []int{alice}}},
		},
		"one shares, the other does not": {
			[]person{{uid: alice, gid: team, shared: true}, {uid: bob, gid: team, clears: true}, {uid: alice, gid: team, shared: true}},
			[]tmpUse{{Value: []int{alice}, Computed: true}, {Value: []int{bob}, Computed: true, Failed: refusal, Cleared: refusal}, {Value: []int{alice}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			for i, p := range c.runs {
				m.check(i, m.run(p), c.wants[i])
			}
		})
	}
}

// TestOtherGroup: in a shared directory without the set-gid bit, what one made belongs to a
// group that others are not in. They are told which one, and what to do.
func TestOtherGroup(t *testing.T) {
	m := newMachine(t)
	m.run(person{uid: alice, gid: team, shared: true})
	use := m.run(person{uid: carol, gid: otherTeam, shared: true})
	place := filepath.Join(m.tmp, "cache"+testTag)
	for _, part := range []string{place + " is shared with the group " + strconv.Itoa(team), "chgrp -R GROUP " + place, "chmod g+s " + m.tmp} {
		if !strings.Contains(use.Failed, part) {
			t.Errorf("%q is not in %s", part, use.Failed)
		}
	}
	if err := os.Chmod(place, 0o700); err != nil {
		t.Fatal(err)
	}
	use = m.run(person{uid: bob, gid: team, shared: true})
	if want := "its owner, user " + strconv.Itoa(alice) + ", has to set Options.Shared"; !strings.Contains(use.Failed, want) {
		t.Errorf("%q is not in %s", want, use.Failed)
	}
}

func (m *machine) check(i int, got, want tmpUse) {
	m.Helper()
	same := func(got, want string) bool { return strings.HasSuffix(got, want) && (got == "") == (want == "") }
	// What could not be saved ends with what became of the result.
	failed := strings.TrimSuffix(got.Failed, ": the result was returned, but is not on disk")
	if len(got.Value) != 1 || got.Value[0] != want.Value[0] || got.Computed != want.Computed || !same(failed, want.Failed) || !same(got.Cleared, want.Cleared) {
		m.Errorf("run %d: got %+v, want %+v", i, got, want)
	}
}

// What one user plants in the place of a directory does not lead another one's program
// anywhere, not even to what is its own.
func TestPlantedInTmp(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(m *machine, place, home string)
		want  string
	}{
		"a link": {func(m *machine, place, home string) { m.owned(alice, place, os.Symlink(home, place)) }, refusedLink},
		"a link to the directory of a cache": {func(m *machine, place, home string) {
			target := filepath.Join(home, "cache"+testTag)
			m.owned(bob, target, os.Mkdir(target, 0o700))
			m.owned(alice, place, os.Symlink(target, place))
		}, refusedLink},
		"an open directory": {func(m *machine, place, _ string) {
			m.owned(alice, place, errors.Join(os.Mkdir(place, 0o777), os.Chmod(place, 0o777)))
			m.owned(alice, filepath.Join(place, "root.A.method.npy"), os.WriteFile(filepath.Join(place, "root.A.method.npy"), nil, 0o666))
		}, refusal},
		"a file": {func(m *machine, place, _ string) { m.owned(alice, place, os.WriteFile(place, nil, 0o666)) },
			"is a file where the tag's directory should be: move it away"},
	} {
		for _, shared := range []bool{false, true} {
			if shared && c.want == refusal {
				continue // is what Shared allows
			}
			t.Run(name+", shared "+strconv.FormatBool(shared), func(t *testing.T) {
				m := newMachine(t)
				home, contents := m.home()
				c.plant(m, filepath.Join(m.tmp, "cache"+testTag), home)
				before := contents()
				got := m.run(person{uid: bob, gid: team, shared: shared, clears: true})
				m.check(0, got, tmpUse{Value: []int{bob}, Computed: true, Failed: c.want, Cleared: c.want})
				if after := contents(); after != before {
					t.Errorf("bob's own were\n%s\nand are now\n%s", before, after)
				}
			})
		}
	}
}

// home returns a directory of bob's with files that he wants to keep.
func (m *machine) home() (dir string, contents func() string) {
	m.Helper()
	dir, contents = outside(m)
	openUp(m.T, dir)
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, bob, team))
	})
	if err != nil {
		m.Fatal(err)
	}
	return dir, contents
}

// In a shared directory every member can put links, to what only another one may write.
func TestPlantedInSharedDirectory(t *testing.T) {
	for place, c := range map[string]struct {
		target string
		saved  bool // which replaces a link, and not what it leads to
	}{
		"root.A.method.npy":                            {"precious", true},
		".dataelab/root.A.method.json":                 {"precious", true},
		".dataelab/locks/root.A.method.lock":           {"new", true},    // must not be made
		".dataelab/locks":                              {"folder", true}, // locks only save work
		".dataelab/work":                               {"folder", false},
		".dataelab/work/other-1-0123456789abcdef.work": {"precious", true},
	} {
		t.Run(place, func(t *testing.T) {
			m := newMachine(t)
			home, contents := m.home()
			m.run(person{uid: alice, gid: team, shared: true, clears: true})
			path := filepath.Join(m.tmp, "cache"+testTag, filepath.FromSlash(place))
			if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o770)); err != nil {
				t.Fatal(err)
			}
			m.owned(alice, filepath.Dir(path), os.Chmod(filepath.Dir(path), 0o770))
			m.owned(alice, path, os.Symlink(filepath.Join(home, c.target), path))
			before := contents()
			use := m.run(person{uid: bob, gid: team, shared: true})
			if use.Value[0] != bob || !use.Computed || (use.Failed == "") != c.saved {
				t.Errorf("%+v, want saved %v", use, c.saved)
			}
			m.run(person{uid: bob, gid: team, shared: true, clears: true})
			if after := contents(); after != before {
				t.Errorf("bob's own were\n%s\nand are now\n%s", before, after)
			}
		})
	}
}
