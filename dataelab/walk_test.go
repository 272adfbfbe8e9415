package dataelab_test

import (
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// The tests of the walk are named after the rules in the package's documentation.

type private struct {
	mean  cacher
	inner *leaf
}

type measurer interface{ measure() }

func (l *leaf) measure() {}

func TestRule1Follows(t *testing.T) {
	deep := &leaf{}
	middle := &deep
	for _, test := range []struct {
		name string
		root any
		want []string
	}{
		{"no cacher", &struct{ N int }{}, nil},
		{"exported field", &leaf{}, []string{"root.leaf.Mean"}},
		{"unexported fields", &private{mean: cacher{}, inner: &leaf{}},
			[]string{"root.private.mean", "root.inner.leaf.Mean"}},
		{"struct", &struct{ A leaf }{}, []string{"root.A.leaf.Mean"}},
		{"pointer", &struct{ A *leaf }{&leaf{}}, []string{"root.A.leaf.Mean"}},
		{"nil pointer", &struct{ A *leaf }{}, nil},
		{"pointer to pointer to pointer", &struct{ A ***leaf }{&middle}, []string{"root.A.leaf.Mean"}},
		{"interface with a pointer", &struct{ A measurer }{&leaf{}}, []string{"root.A.leaf.Mean"}},
		{"any with a pointer", &struct{ A any }{&leaf{}}, []string{"root.A.leaf.Mean"}},
		{"any with a pointer to any", &struct{ A any }{new(any(&leaf{}))}, []string{"root.A.leaf.Mean"}},
		{"nil interface", &struct{ A measurer }{}, nil},
		{"interface with a nil pointer", &struct{ A any }{(*leaf)(nil)}, nil},
		{"interface with a struct that points", &struct{ A any }{struct{ B *leaf }{&leaf{}}}, []string{"root.A.B.leaf.Mean"}},
		{"interface with a slice", &struct{ A any }{[]leaf{{}}}, []string{"root.A.0.leaf.Mean"}},
		{"interface with a number", &struct{ A any }{3}, nil},
		{"slice of structs", &struct{ A []leaf }{make([]leaf, 2)}, []string{"root.A.0.leaf.Mean", "root.A.1.leaf.Mean"}},
		{"slice of pointers, some nil", &struct{ A []*leaf }{[]*leaf{nil, {}}}, []string{"root.A.1.leaf.Mean"}},
		{"slice of interfaces", &struct{ A []any }{[]any{1, &leaf{}, nil}}, []string{"root.A.1.leaf.Mean"}},
		{"slice of slices", &struct{ A [][]*leaf }{[][]*leaf{{}, {{}, {}}}}, []string{"root.A.1.0.leaf.Mean", "root.A.1.1.leaf.Mean"}},
		{"empty and nil slices", &struct{ A, B []leaf }{A: []leaf{}}, nil},
		{"array", &struct{ A [2]leaf }{}, []string{"root.A.0.leaf.Mean", "root.A.1.leaf.Mean"}},
		{"pointer to an array", &struct{ A *[1]leaf }{&[1]leaf{}}, []string{"root.A.0.leaf.Mean"}},
		{"map of pointers", &struct{ A map[string]*leaf }{map[string]*leaf{"x": {}, "y": nil}}, []string{"root.A.x.leaf.Mean"}},
		{"map of slices", &struct{ A map[string][]leaf }{map[string][]leaf{"x": {{}}}}, []string{"root.A.x.0.leaf.Mean"}},
		{"nil map", &struct{ A map[string]*leaf }{}, nil},
		{"map of structs without cachers", &struct{ A map[string]struct{ B any } }{map[string]struct{ B any }{"x": {1}}}, nil},
		{"map of structs that point", &struct{ A map[string]struct{ B *leaf } }{map[string]struct{ B *leaf }{"x": {&leaf{}}}},
			[]string{"root.A.x.B.leaf.Mean"}},
		{"keys of a map are not followed", &struct{ A map[*leaf]int }{map[*leaf]int{{}: 1}}, nil},
		{"what a channel or a function holds is not followed", &struct {
			A chan *leaf
			B func() *leaf
		}{make(chan *leaf, 1), func() *leaf { return nil }}, nil},
	} {
		t.Run(test.name, func(t *testing.T) { expectNames(t, test.root, test.want...) })
	}
}

// Parent and its kin declare methods that Child inherits.
type (
	Grandparent struct{ Oldest cacher }
	Parent      struct {
		Grandparent
		Mean cacher
	}
	Child struct {
		Parent
		Mean cacher
		Foo  Member
	}
	Member  struct{ My_method cacher } //nolint:revive // the name that the contract uses
	pointed struct {
		*Parent
		Power cacher
	}
	namedSlice []leaf
	namedMap   map[string]*leaf
)

func TestRule2Paths(t *testing.T) {
	type withInterface struct{ measurer }
	type withAny struct{ any }
	type withSlice struct{ namedSlice }
	type withMap struct{ namedMap }
	type embedsCacher struct{ cacher }
	type embedsPointerToCacher struct{ *cacher }
	type embedsInterface struct{ diskcache.Cacher }
	for _, test := range []struct {
		name string
		root any
		want []string
	}{
		{"embedded struct, two levels, one name in parent and child", &Child{}, []string{
			"root.Grandparent.Oldest", "root.Parent.Mean", "root.Child.Mean", "root.Foo.Member.My_method"}},
		{"embedded pointer", &pointed{Parent: &Parent{}}, []string{
			"root.Grandparent.Oldest", "root.Parent.Mean", "root.pointed.Power"}},
		{"nil embedded pointer", &pointed{}, []string{"root.pointed.Power"}},
		{"embedded below a step", &struct{ A *pointed }{&pointed{Parent: &Parent{}}}, []string{
			"root.A.Grandparent.Oldest", "root.A.Parent.Mean", "root.A.pointed.Power"}},
		{"embedded interface", &withInterface{&leaf{}}, []string{"root.leaf.Mean"}},
		{"nil embedded interface", &withInterface{}, nil},
		{"embedded any", &withAny{&leaf{}}, []string{"root.leaf.Mean"}},
		{"what is embedded and no struct is a field", &withSlice{namedSlice{{}}}, []string{"root.namedSlice.0.leaf.Mean"}},
		{"embedded map", &withMap{namedMap{"a": {}}}, []string{"root.namedMap.a.leaf.Mean"}},
		{"embedded interface with a slice", &withAny{[]*leaf{{}}}, []string{"root.any.0.leaf.Mean"}},
		{"embedded interface with a cacher", &withAny{new(cacher)}, []string{"root.withAny.any"}},
		{"embedded interface with cachers", &withAny{[]*cacher{new(cacher)}}, []string{"root.withAny.any.0"}},
		{"embedded cacher", &embedsCacher{}, []string{"root.embedsCacher.cacher"}},
		{"embedded pointer to a cacher", &embedsPointerToCacher{new(cacher)}, []string{"root.embedsPointerToCacher.cacher"}},
		{"embedded Cacher", &embedsInterface{new(cacher)}, []string{"root.embedsInterface.Cacher"}},
		{"slice in a slice in a map", &struct{ A map[string][][]leaf }{map[string][][]leaf{"k": {nil, {{}}}}},
			[]string{"root.A.k.1.0.leaf.Mean"}},
	} {
		t.Run(test.name, func(t *testing.T) { expectNames(t, test.root, test.want...) })
	}
}

func TestRule3Names(t *testing.T) {
	type renamed struct {
		A cacher   `cache:"power,version=2"`
		B cacher   `cache:",copy"`
		C cacher   `json:"c"`
		D *cacher  `cache:"pointed"`
		E []cacher `cache:"band"`
	}
	type many struct {
		Bands  []cacher
		Fixed  [2]*cacher
		ByName map[string]*cacher
		Deep   map[int][]any
		Any    any
	}
	for _, test := range []struct {
		name string
		root any
		want []string
	}{
		{"struct tag", &renamed{D: new(cacher), E: make([]cacher, 1)}, []string{
			"root.renamed.power", "root.renamed.B", "root.renamed.C", "root.renamed.pointed", "root.renamed.band.0"}},
		{"slices and maps of cachers", &many{
			Bands: make([]cacher, 2), Fixed: [2]*cacher{1: new(cacher)}, ByName: map[string]*cacher{"a b": new(cacher)},
			Deep: map[int][]any{-1: {nil, new(cacher)}}, Any: new(cacher),
		}, []string{"root.many.Bands.0", "root.many.Bands.1", "root.many.Fixed.1", "root.many.ByName.a%20b",
			"root.many.Deep.-1.1", "root.many.Any"}},
		{"two members of one type", &struct{ A, B leaf }{}, []string{"root.A.leaf.Mean", "root.B.leaf.Mean"}},
		{"method of a parent, of a member's parent", &struct{ A Child }{}, []string{
			"root.A.Grandparent.Oldest", "root.A.Parent.Mean", "root.A.Child.Mean", "root.A.Foo.Member.My_method"}},
	} {
		t.Run(test.name, func(t *testing.T) { expectNames(t, test.root, test.want...) })
	}
}

// Cachers stops when the loop does, and yields nothing for a wrong root.
func TestCachers(t *testing.T) {
	root := &struct{ A, B, C leaf }{}
	n := 0
	for name, c := range dataelab.Cachers(root) {
		if n++; name != "root.A.leaf.Mean" || c != &root.A.Mean {
			t.Errorf("first: %s, %p, want the cacher of A", name, c)
		}
		break
	}
	if n != 1 {
		t.Errorf("%d turns, want 1", n)
	}
	for name := range dataelab.Cachers(leaf{}) {
		t.Errorf("found %s in a struct that is no pointer", name)
	}
}
