package dataelab_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

type (
	sameName struct {
		A cacher
		B cacher `cache:"A"`
	}
	sameButCase struct{ Mean, MEAN cacher }
	sameSigma   struct {
		A cacher `cache:"σ"` // these two are lower case of the same Σ
		B cacher `cache:"ς"`
	}
	function     struct{ Bad diskcache.DiskCacher[func()] }
	functionDeep struct {
		Bad diskcache.DiskCacher[map[string][]func()]
	}
	channelResult struct {
		Bad diskcache.DiskCacher[chan int] `cache:"renamed"`
	}
	hidden        struct{ secret int }
	hiddenResult  struct{ Bad diskcache.DiskCacher[hidden] }
	anyResult     struct{ Bad diskcache.DiskCacher[error] }
	unknownOption struct {
		Bad cacher `cache:",ttl=1h,expires"`
	}
	wrongTTL struct {
		Bad cacher `cache:",ttl=tomorrow"`
	}
	twiceTTL struct {
		Bad []*cacher `cache:",ttl=1h,ttl=2h"`
	}
	badMethodName struct {
		Bad cacher `cache:"a/b"`
	}
	dottedMethodName struct {
		Bad cacher `cache:"a.b"`
	}
	diamond struct {
		left
		right
	}
	left  struct{ *Parent }
	right struct{ *Parent }
)

var _ = hidden{secret: 1}

// deep returns a chain of nodes whose last cacher is n steps below root.
func deep(n int) *node {
	head := &node{}
	for range n - 1 {
		head = &node{A: head}
	}
	return head
}

// wrongTree is what SetTag refuses, with what its error must tell.
type wrongTree struct {
	name string
	tree any
	tell []string
	is   error // nil where the text is all
}

var wrongTrees = []wrongTree{
	{"one name", &sameName{}, []string{"root.Trouble.sameName.A", "field A", "field B", "struct tag"}, nil},
	{"one name but for case", &sameButCase{}, []string{"root.Trouble.sameButCase.Mean", "root.Trouble.sameButCase.MEAN", "case"}, nil},
	{"one name but for case, not ASCII", &sameSigma{}, []string{"sameSigma.σ", "sameSigma.ς", "case"}, nil},
	{"embedded twice", &diamond{left{&Parent{}}, right{&Parent{}}},
		[]string{"field Mean of dataelab_test.Parent", "embedded in dataelab_test.left", "embedded in dataelab_test.right", "named fields"}, nil},
	{"keys but for case", map[string]*leaf{"a": {}, "A": {}}, []string{"root.Trouble.A.leaf.Mean", "root.Trouble.a.leaf.Mean", "other keys"}, nil},
	{"keys of two types", map[any]*leaf{1: {}, "1": {}}, []string{"root.Trouble.1.leaf.Mean", "field Mean of dataelab_test.leaf"}, nil},
	{"structs in a map", map[string]leaf{"x": {}}, []string{"field Mean of dataelab_test.leaf", "root.Trouble.x", "store a pointer"}, nil},
	{"cachers in a map", map[string]cacher{"x": {}}, []string{"field Trouble", "no address", "store a pointer"}, nil},
	{"struct in an interface", leaf{}, []string{"field Mean of dataelab_test.leaf", "store a pointer"}, nil},
	{"array in an interface", [1]leaf{}, []string{"field Mean of dataelab_test.leaf", "store a pointer"}, nil},
	{"keys without names", map[position]*leaf{{}: {}}, []string{"field Mean of dataelab_test.leaf", "dataelab_test.position", "strings, numbers or bools"}, diskcache.ErrName},
	{"cachers by keys without names", map[position]*cacher{{}: new(cacher)}, []string{"field Trouble of dataelab_test.survey", "dataelab_test.position"}, diskcache.ErrName},
	{"pointers as keys", map[any]any{new(int): &leaf{}}, []string{"*int"}, diskcache.ErrName},
	{"function as result", &function{}, []string{"field Bad of dataelab_test.function", "root.Trouble.function.Bad", "func()"}, nil},
	{"function in a result", &functionDeep{}, []string{"field Bad of dataelab_test.functionDeep", "func()"}, nil},
	{"channel as result", &channelResult{}, []string{"field Bad of dataelab_test.channelResult", "root.Trouble.channelResult.renamed", "chan int"}, nil},
	{"hidden fields in a result", &hiddenResult{}, []string{"field Bad of dataelab_test.hiddenResult", "secret"}, nil},
	{"interface as result", &anyResult{}, []string{"field Bad of dataelab_test.anyResult", "concrete type"}, nil},
	{"unknown option", &unknownOption{}, []string{"field Bad of dataelab_test.unknownOption", `"expires"`, "ttl=", "version=", "copy"}, nil},
	{"wrong ttl", &wrongTTL{}, []string{"field Bad of dataelab_test.wrongTTL", `"tomorrow"`, "720h"}, nil},
	{"option twice", &twiceTTL{Bad: []*cacher{nil, new(cacher)}}, []string{"field Bad of dataelab_test.twiceTTL", "ttl", "twice"}, nil},
	{"method with a slash", &badMethodName{}, []string{"field Bad of dataelab_test.badMethodName", "a/b"}, diskcache.ErrName},
	{"method with a dot", &dottedMethodName{}, []string{"field Bad of dataelab_test.dottedMethodName", "dot"}, diskcache.ErrName},
	{"name of 200 bytes and more", deep(90), []string{"bytes", "field Mean of dataelab_test.leaf"}, diskcache.ErrName},
	{"name of 2,000 bytes and more", deep(1000), []string{"bytes", "steps below root", "field Mean of dataelab_test.leaf"}, diskcache.ErrName},
	{"long key", map[string]*leaf{strings.Repeat("k", 190): {}}, []string{"bytes", "field Mean of dataelab_test.leaf"}, diskcache.ErrName},
}

func TestRule7OnErrorNothingIsTagged(t *testing.T) {
	for _, wrong := range slices.Concat(wrongTrees, wrongSettings) {
		t.Run(wrong.name, func(t *testing.T) {
			s := newSurvey(t)
			s.Trouble = wrong.tree
			err := dataelab.SetTag(s, "20250101_000000")
			if err == nil {
				t.Fatal("no error")
			}
			if wrong.is != nil && !errors.Is(err, wrong.is) {
				t.Errorf("%v\ndoes not wrap %q", err, wrong.is)
			}
			for _, text := range append(wrong.tell, `dataelab: set tag "20250101_000000": `) {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%v\ndoes not tell %q", err, text)
				}
			}
			s.expectUnchanged(t)
			n := 0
			for range dataelab.Cachers(s) {
				n++
			}
			if n != 0 && n != s.members(wrong.tree) {
				t.Errorf("Cachers yields a part of the tree: %d", n)
			}
		})
	}
}

// survey is tagged, but for what came later.
type survey struct {
	First   sum
	Trouble any
	Last    sum
	Late    *sum // has no tag yet
	dir     string
}

func newSurvey(t *testing.T) *survey {
	t.Helper()
	s := &survey{dir: t.TempDir()}
	if err := dataelab.SetTmpdir(s, s.dir); err != nil {
		t.Fatal(err)
	}
	if err := dataelab.SetTag(s, testTag); err != nil {
		t.Fatal(err)
	}
	for _, part := range []*sum{&s.First, &s.Last} {
		if _, err := part.Total(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	s.Late = &sum{}
	return s
}

// members is how many cachers a walk finds when the trouble is not in the tree
// itself but in what its cachers are to store.
func (s *survey) members(tree any) int {
	n := 0
	for range dataelab.Cachers(&struct{ Trouble any }{tree}) {
		n++
	}
	return n + 3
}

// expectUnchanged checks that the old tag, its place and memory still serve, and
// that what had no tag has none.
func (s *survey) expectUnchanged(t *testing.T) {
	t.Helper()
	for name, part := range map[string]*sum{"First": &s.First, "Last": &s.Last} {
		full, err := part.total.FullPath()
		if want := filepath.Join(s.dir, "cache"+testTag, "root."+name+".sum.total"); full != want || err != nil {
			t.Errorf("%s: path %s, %v, want %s", name, full, err, want)
		}
		if _, err := part.Total(context.Background()); err != nil || part.runs != 1 {
			t.Errorf("%s: computed %d times, %v, want once: memory was dropped", name, part.runs, err)
		}
	}
	if full, err := s.Late.total.FullPath(); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("Late: path %s, %v, want ErrTagNotSet", full, err)
	}
}

func TestRule7WrongTagChangesNothing(t *testing.T) {
	for _, tag := range []string{"", ".", "..", "a/b", `a\b`, "../x", "a\x00b", "a\nb", "\xff", strings.Repeat("x", 201),
		strings.Repeat("x", 198)} { // the last is too long with its prefix
		s := newSurvey(t)
		if err := dataelab.SetTag(s, tag); !errors.Is(err, diskcache.ErrName) {
			t.Errorf("tag %.20q: %v, want ErrName", tag, err)
		}
		s.expectUnchanged(t)
	}
}

func TestRule7WrongOptionsChangeNothing(t *testing.T) {
	s := newSurvey(t)
	file := filepath.Join(s.dir, "cache"+testTag, "root.First.sum.total.gob")
	for name, set := range map[string]func() error{
		"set prefix: not usable":  func() error { return dataelab.SetPrefix(s, "a/b") },
		"the prefix is empty":     func() error { return dataelab.SetPrefix(s, "") },
		"and tag":                 func() error { return dataelab.SetPrefix(s, strings.Repeat("p", 190)) },
		"set tmpdir: ":            func() error { return dataelab.SetTmpdir(s, "") },
		"is a file":               func() error { return dataelab.SetTmpdir(s, file) },
		"set options: not usable": func() error { return dataelab.SetOptions(s, diskcache.Options{Prefix: "../x"}) },
	} {
		if err := set(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error with %q", err, name)
		}
		s.expectUnchanged(t)
	}
}

// A cause can be told from its error by type, through both packages.
func TestErrorsUnwrap(t *testing.T) {
	err := dataelab.SetTag(&channelResult{}, testTag)
	named, ok := errors.AsType[*diskcache.Error](err)
	if !ok || named.Name != "root.channelResult.renamed" || named.Op != "set tag" {
		t.Errorf("%v: want a diskcache.Error with the name", err)
	}
	if refused, ok := errors.AsType[*formats.TypeError](err); !ok || len(refused.Reasons) < 2 {
		t.Errorf("%v: want a formats.TypeError with a reason for each format", err)
	}
}

// Other packages have a cache struct tag too, on fields that are no cachers.
func TestForeignStructTags(t *testing.T) {
	type withForeign struct {
		Frames *leaf          `cache:",nonsense"`
		Byname map[string]any `cache:"-,omitempty=1"`
		None   []*cacher      `cache:",nonsense"`
		Number int            `cache:",nonsense"`
	}
	expectNames(t, &withForeign{Frames: &leaf{}, Byname: map[string]any{"a": &leaf{}}},
		"root.Frames.leaf.Mean", "root.Byname.a.leaf.Mean")
}

func TestWrongRoots(t *testing.T) {
	number, pointer := 3, &leaf{}
	for _, test := range []struct {
		name string
		root any
		tell string
	}{
		{"nil", nil, "root is nil"},
		{"struct", leaf{}, "not a pointer"},
		{"nil pointer", (*leaf)(nil), "root is a nil *dataelab_test.leaf"},
		{"pointer to a number", &number, "root is a *int"},
		{"pointer to a pointer", &pointer, "root is a **dataelab_test.leaf"},
		{"slice", []*leaf{{}}, "root is a []*dataelab_test.leaf"},
		{"map", map[string]*leaf{}, "root is a map[string]*dataelab_test.leaf"},
		{"function", func() {}, "root is a func()"},
		{"cacher", new(cacher), "root is a cacher itself"},
		{"nil cacher", (*cacher)(nil), "root is a cacher itself"},
		{"setting", new(diskcache.Setting[int]), "root is a setting itself"},
	} {
		for op, err := range map[string]error{
			"set tag":     dataelab.SetTag(test.root, testTag),
			"set prefix":  dataelab.SetPrefix(test.root, "p"),
			"set tmpdir":  dataelab.SetTmpdir(test.root, t.TempDir()),
			"set options": dataelab.SetOptions(test.root, diskcache.Options{}),
			"clear cache": dataelab.ClearCache(test.root),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "dataelab: "+op) || !strings.Contains(err.Error(), test.tell) {
				t.Errorf("%s of %s: got %v, want an error with %q", op, test.name, err, test.tell)
			}
		}
		if _, err := dataelab.GetDiskCacher(test.root, "Mean"); err == nil || !strings.Contains(err.Error(), strings.Replace(test.tell, "root", "instance", 1)) {
			t.Errorf("GetDiskCacher of %s: %v", test.name, err)
		}
	}
}
