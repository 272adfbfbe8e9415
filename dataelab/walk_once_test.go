package dataelab_test

import (
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
)

// node can form any graph.
type node struct {
	M        cacher
	Z, B, A  *node
	List     []*node
	ByKey    map[string]*node
	Any      any
	Indirect **node
	Cacher   *cacher
	Inner    leaf
}

type (
	selfPointer *selfPointer
	selfSlice   []selfSlice
	selfMap     map[string]selfMap
)

func TestRule4CyclesEnd(t *testing.T) {
	self := &node{}
	self.A, self.List, self.Any, self.Indirect = self, []*node{self}, &self, &self
	self.ByKey = map[string]*node{"self": self}
	expectNames(t, self, "root.node.M", "root.Inner.leaf.Mean")

	one, two := &node{}, &node{}
	one.A, two.A = two, one
	expectNames(t, one, "root.node.M", "root.Inner.leaf.Mean", "root.A.node.M", "root.A.Inner.leaf.Mean")

	// Containers that hold nothing but themselves, or a leaf besides.
	slice := []any{&leaf{}, nil}
	slice[1] = slice
	expectNames(t, &struct{ A []any }{slice}, "root.A.0.leaf.Mean")
	windows := []any{nil, nil, &leaf{}}
	windows[0], windows[1] = windows[:1], windows[:2]
	expectNames(t, &struct{ A []any }{windows}, "root.A.2.leaf.Mean")
	byKey := map[string]any{"leaf": &leaf{}}
	byKey["self"] = byKey
	expectNames(t, &struct{ A map[string]any }{byKey}, "root.A.leaf.leaf.Mean")
	var array [2]any
	array = [2]any{&leaf{}, &array}
	expectNames(t, &struct{ A *[2]any }{&array}, "root.A.0.leaf.Mean")

	// Pointers that lead only to pointers.
	var a, b, c any
	a, b, c = &b, &c, &a
	expectNames(t, &struct{ A any }{a})
	var tail any = &a // a way into the circle
	expectNames(t, &struct{ A any }{&tail})
	var p selfPointer
	p = &p
	s := selfSlice{nil}
	s[0] = s
	m := selfMap{}
	m["m"] = m
	expectNames(t, &struct {
		P    selfPointer
		S    selfSlice
		M    selfMap
		Any  []any
		Leaf leaf
	}{p, s, m, []any{p, &p, s, m}, leaf{}}, "root.Leaf.leaf.Mean")
}

type (
	embedsItself struct {
		*embedsItself
		M cacher
	}
	ping struct {
		*pong
		M cacher
	}
	pong struct {
		*ping
		M cacher
	}
)

func TestRule4EmbeddedCyclesEnd(t *testing.T) {
	self := &embedsItself{}
	self.embedsItself = self
	expectNames(t, self, "root.embedsItself.M")
	p := &ping{pong: &pong{}}
	p.ping = p
	expectNames(t, p, "root.ping.M", "root.pong.M")
	if c, err := dataelab.GetDiskCacher(self, "unknown"); err == nil {
		t.Errorf("found %v", c)
	}
}

// Objects are told apart by type and address, not by type alone, and not by
// address alone: a struct and its first field share one.
func TestRule4TypeAndAddress(t *testing.T) {
	type first struct{ Inner leaf }
	f := &first{}
	expectNames(t, &struct {
		A *first
		B *leaf
	}{f, &f.Inner}, "root.B.leaf.Mean")
	one, two := &leaf{}, &leaf{}
	expectNames(t, &struct{ A, B *leaf }{one, two}, "root.A.leaf.Mean", "root.B.leaf.Mean")
	// A pointer to the pointer that is the first field of where it leads.
	type loop struct {
		Self *loop
		Mean cacher
	}
	l := &loop{}
	l.Self = l
	expectNames(t, &struct{ A **loop }{&l.Self}, "root.A.loop.Mean")
}

func TestRule4FewerStepsWin(t *testing.T) {
	shared := &node{}
	root := &struct {
		Deep  *node // comes first, and its name is first in the alphabet
		Later *node
	}{&node{A: &node{A: shared}}, shared}
	shared.B = &node{} // what the shared object holds goes with it
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*cacher]string{
		&shared.M:          "root.Later.node.M",
		&shared.Inner.Mean: "root.Later.Inner.leaf.Mean",
		&shared.B.M:        "root.Later.B.node.M",
		&root.Deep.A.M:     "root.Deep.A.node.M",
	} {
		if got := pathOf(t, c); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// Pointers, interfaces and embedding are no steps; elements and keys are.
	expectNames(t, &struct {
		List []*leaf
		Far  any
	}{[]*leaf{&shared.Inner}, new(any(&[]*leaf{{}}))}, "root.List.0.leaf.Mean", "root.Far.0.leaf.Mean")
}

func TestRule4AlphabeticallyFirstWins(t *testing.T) {
	shared, below := &node{}, &node{}
	shared.Z = below
	indirect := &shared
	own := &cacher{}
	list := []*leaf{{}}
	root := &struct {
		Z, A *node // one object
		Y, C []*leaf
		X, D **node
		W, E *cacher
	}{A: shared, Z: shared, Y: list, C: list, X: indirect, D: indirect, W: own, E: own}
	root.X = new(&node{})
	root.D = root.X
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*cacher]string{
		&shared.M:              "root.A.node.M",
		&shared.Inner.Mean:     "root.A.Inner.leaf.Mean",
		&below.M:               "root.A.Z.node.M",
		&list[0].Mean:          "root.C.0.leaf.Mean",
		&(*root.X).M:           "root.D.node.M",
		&(**root.X).Inner.Mean: "root.D.Inner.leaf.Mean",
		own:                    "root.struct.E",
	} {
		if got := pathOf(t, c); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// Text decides, not numbers: 10 before 9.
	elements := make([]*leaf, 11)
	elements[9], elements[10] = list[0], list[0]
	expectNames(t, &struct{ A []*leaf }{elements}, "root.A.10.leaf.Mean")
	// A cacher that is a field, and that a pointer leads to.
	n := &node{}
	n.Cacher = &n.M
	expectNames(t, n, "root.node.Cacher", "root.Inner.leaf.Mean")
}

// Of two paths with as many steps, one that can be a name wins.
func TestRule4PathWithANameWins(t *testing.T) {
	shared := &leaf{}
	expectNames(t, &struct {
		A map[position]*leaf
		B map[string]*leaf
	}{map[position]*leaf{{}: shared, {1, 1}: nil}, map[string]*leaf{"b": shared}}, "root.B.b.leaf.Mean")
	own := new(cacher)
	expectNames(t, &struct {
		Index map[position]*cacher
		A     []any // as many steps, but with a name
	}{map[position]*cacher{{}: own}, []any{nil, own}}, "root.struct.A.1")
	n := &node{}
	n.Any = map[position]*cacher{{}: &n.M, {1, 0}: &n.Inner.Mean}
	expectNames(t, n, "root.node.M", "root.Inner.leaf.Mean")
	long := strings.Repeat("a", 300)
	expectNames(t, &struct{ A map[string]*leaf }{map[string]*leaf{long: shared, "b": shared}}, "root.A.b.leaf.Mean")
}

// The alphabet is that of paths, which have no types in them.
func TestRule4OneCacherInTwoParts(t *testing.T) {
	type early struct{ Z *cacher }
	type late struct{ A *cacher }
	c := new(cacher)
	expectNames(t, &struct {
		early
		late
	}{early{c}, late{c}}, "root.late.A")
	type again struct{ Z *cacher }
	expectNames(t, &struct {
		again
		early
	}{again{c}, early{c}}, "root.again.Z")
	// Twice under one name, but one cacher: no two methods share a file.
	expectNames(t, &struct {
		A, B *cacher `cache:"same"`
	}{c, c}, "root.struct.same")
}

// A thousand paths to an object end in one visit each, not in their product.
func TestRule4Lattice(t *testing.T) {
	type layer struct {
		M    cacher
		L, R *layer
	}
	top := &layer{}
	for range 40 { // 2^40 paths
		top = &layer{L: top, R: top}
	}
	n := 0
	for name := range dataelab.Cachers(top) {
		if n++; strings.Contains(name, ".R") {
			t.Fatalf("%s goes to the right, where an L would do", name)
		}
	}
	if n != 41 {
		t.Errorf("found %d cachers, want 41", n)
	}
}
