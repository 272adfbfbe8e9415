package dataelab_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/dataelab"
)

// The types of random object graphs: every way from one object to another that
// the rules know.
type (
	thing struct {
		M cacher
		*extra
		Inner   value
		To      *thing
		Other   *thing
		Twice   **thing
		Any     any
		Part    *value
		List    []*thing
		Values  []value
		ByKey   map[string]*thing
		Own     *cacher
		Cachers []*cacher
		Set     *number
	}
	extra struct {
		X  cacher
		S  number
		To *thing
	}
	value struct {
		V  cacher `cache:"renamed"`
		To *thing
	}
)

// vertex is an object as the model sees it.
type vertex struct {
	typ     string // empty for containers
	edges   []edge
	methods []method
	steps   int // -1 when it was not reached
	path    string
}

// edge leads to another object, over one step, or over none where it embeds.
type edge struct {
	label string
	to    *vertex
}

// method is a cacher or setting that a struct's field is or leads to; suffix is what
// elements add.
type method struct {
	field, name, suffix string
	held                any
}

// model is a second, slow implementation of the rules: by the definition of the
// shortest path, without reflection.
type model struct{ vertices []*vertex }

func (m *model) vertex(typ string) *vertex {
	v := &vertex{typ: typ, steps: -1}
	m.vertices = append(m.vertices, v)
	return v
}

// solve finds steps and path of every object reached from root.
func (m *model) solve(root *vertex) {
	root.steps, root.path = 0, "root"
	for changed := true; changed; { // rule 4: as few steps as possible
		changed = false
		for _, v := range m.vertices {
			for _, e := range v.edges {
				steps := v.steps + min(len(e.label), 1)
				if v.steps >= 0 && (e.to.steps < 0 || steps < e.to.steps) {
					e.to.steps, changed = steps, true
				}
			}
		}
	}
	for level := 0; level <= len(m.vertices); level++ { // then the first in the alphabet
		for changed := true; changed; {
			changed = false
			for _, v := range m.vertices {
				for _, e := range v.edges {
					path := v.path + e.label
					if v.path == "" || e.to.steps != level || v.steps+min(len(e.label), 1) != level {
						continue
					}
					if e.to.path == "" || path < e.to.path {
						e.to.path, changed = path, true
					}
				}
			}
		}
	}
}

// names returns the name of every cacher and setting, and whether two have one.
func (m *model) names() (names map[any]string, clash bool) {
	type way struct {
		steps      int
		path, name string
	}
	best := map[any]way{}
	for _, v := range m.vertices {
		for _, f := range v.methods {
			if v.steps < 0 {
				continue
			}
			w := way{v.steps + 1 + strings.Count(f.suffix, "."), v.path + "." + f.field + f.suffix,
				v.path + "." + v.typ + "." + f.name + f.suffix}
			old, ok := best[f.held]
			if !ok || cmp.Or(cmp.Compare(w.steps, old.steps), cmp.Compare(w.path, old.path), cmp.Compare(w.name, old.name)) < 0 {
				best[f.held] = w
			}
		}
	}
	names = map[any]string{}
	var all []string
	for c, w := range best {
		clash = clash || slices.ContainsFunc(all, func(name string) bool { return strings.EqualFold(name, w.name) })
		all = append(all, w.name)
		names[c] = w.name
	}
	return names, clash
}

// drawn is a random graph, as objects and as a model of them.
type drawn struct {
	t      *rapid.T
	model  model
	things []*thing
	asV    map[any]*vertex // by pointer
	free   []*cacher
	tuning []*number // settings that pointers may lead to
}

func drawGraph(t *rapid.T) *drawn {
	d := &drawn{t: t, asV: map[any]*vertex{}}
	for range rapid.IntRange(1, 6).Draw(t, "things") {
		th := &thing{}
		d.things = append(d.things, th)
		d.asV[th] = d.model.vertex("thing")
		d.asV[&th.Inner] = d.model.vertex("value")
		d.free = append(d.free, &th.M, &th.Inner.V)
	}
	d.free = append(d.free, new(cacher), new(cacher))
	for _, th := range d.things {
		d.fill(th)
	}
	return d
}

// pick draws one of all, or none.
func pick[T any](d *drawn, what string, all []T) (one T, ok bool) {
	i := rapid.IntRange(-len(all), len(all)-1).Draw(d.t, what)
	if i < 0 {
		return one, false
	}
	return all[i], true
}

func (d *drawn) link(from *vertex, label string, to any) {
	from.edges = append(from.edges, edge{label, d.asV[to]})
}

func (d *drawn) fill(th *thing) {
	v := d.asV[th]
	v.methods = append(v.methods, method{"M", "M", "", &th.M})
	d.link(v, ".Inner", &th.Inner)
	d.fillValue(&th.Inner)
	if e, ok := pick(d, "extra", append(d.extras(), nil)); ok {
		if e == nil {
			e = &extra{}
			d.asV[e] = d.model.vertex("extra")
			d.asV[e].methods = []method{{"X", "X", "", &e.X}, {"S", "S", "", &e.S}}
			d.tuning = append(d.tuning, &e.S)
			if to, ok := pick(d, "extra.To", d.things); ok {
				e.To = to
				d.link(d.asV[e], ".To", to)
			}
		}
		th.extra = e
		d.link(v, "", e)
	}
	if to, ok := pick(d, "To", d.things); ok {
		th.To = to
		d.link(v, ".To", to)
	}
	if to, ok := pick(d, "Other", d.things); ok {
		th.Other = to
		d.link(v, ".Other", to)
	}
	if to, ok := pick(d, "Twice", d.things); ok {
		th.Twice = &[]*thing{to}[0]
		d.link(v, ".Twice", to)
	}
	if of, ok := pick(d, "Part", d.things); ok {
		th.Part = &of.Inner
		d.link(v, ".Part", &of.Inner)
	}
	if own, ok := pick(d, "Own", d.free); ok {
		th.Own = own
		v.methods = append(v.methods, method{"Own", "Own", "", own})
	}
	if set, ok := pick(d, "Set", append(d.tuning, new(number))); ok {
		th.Set = set
		v.methods = append(v.methods, method{"Set", "Set", "", set})
	}
	for i := range rapid.IntRange(0, 2).Draw(d.t, "Cachers") {
		own, ok := pick(d, "element", d.free)
		th.Cachers = append(th.Cachers, own)
		if ok {
			v.methods = append(v.methods, method{"Cachers", "Cachers", fmt.Sprint(".", i), own})
		}
	}
	d.fillContainers(th, v)
}

func (d *drawn) fillValue(val *value) {
	v := d.asV[val]
	v.methods = []method{{"V", "renamed", "", &val.V}}
	if to, ok := pick(d, "value.To", d.things); ok {
		val.To = to
		d.link(v, ".To", to)
	}
}

func (d *drawn) fillContainers(th *thing, v *vertex) {
	container := func(label string) *vertex {
		c := d.model.vertex("")
		v.edges = append(v.edges, edge{label, c})
		return c
	}
	list := container(".List")
	for i := range rapid.IntRange(0, 3).Draw(d.t, "List") {
		to, ok := pick(d, "element", d.things)
		th.List = append(th.List, to)
		if ok {
			d.link(list, fmt.Sprint(".", i), to)
		}
	}
	values := container(".Values")
	th.Values = make([]value, rapid.IntRange(0, 2).Draw(d.t, "Values"))
	for i := range th.Values {
		val := &th.Values[i]
		d.asV[val] = d.model.vertex("value")
		d.link(values, fmt.Sprint(".", i), val)
		d.fillValue(val)
	}
	byKey := container(".ByKey")
	th.ByKey = map[string]*thing{}
	for _, key := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "a-b", "b", "10", "9", "B"}), 0, 2).Draw(d.t, "keys") {
		if to, ok := pick(d, "value", d.things); ok && th.ByKey[key] == nil {
			th.ByKey[key] = to
			d.link(byKey, "."+key, to)
		}
	}
	switch kind, _ := pick(d, "Any", []string{"nothing", "thing", "list", "part", "number"}); kind {
	case "thing":
		th.Any = d.things[0]
		d.link(v, ".Any", d.things[0])
	case "list": // the same slice again, under another type
		th.Any = [][]*thing{nil, th.List}
		outer := container(".Any")
		outer.edges = append(outer.edges, edge{".1", list})
	case "part":
		th.Any = &th.Inner
		d.link(v, ".Any", &th.Inner)
	case "number":
		th.Any = 1.5
	}
}

// extras returns those drawn so far, so that several things embed one.
func (d *drawn) extras() (all []*extra) {
	for _, th := range d.things {
		if th.extra != nil {
			all = append(all, th.extra)
		}
	}
	return all
}

// TestRulesAgainstModel compares the walk with a slow model of the rules on
// random graphs.
func TestRulesAgainstModel(t *testing.T) {
	clashes, total := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawGraph(t)
		root := d.things[0]
		d.model.solve(d.asV[root])
		want, clash := d.model.names()
		err := dataelab.SetTag(root, testTag)
		total++
		if clash {
			clashes++
			if err == nil || !strings.Contains(err.Error(), "two methods") {
				t.Fatalf("got %v, want the error that two methods have one name", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range dataelab.Cachers(root) {
			n++
		}
		settings := map[any]string{}
		for name, s := range dataelab.Settings(root) {
			settings[s] = name
		}
		if n+len(settings) != len(want) {
			t.Errorf("found %d cachers and %d settings, want %d in all", n, len(settings), len(want))
		}
		for held, name := range want {
			c, ok := held.(*cacher)
			if !ok {
				if settings[held] != name {
					t.Errorf("got %s, want %s", settings[held], name)
				}
				continue
			}
			if full, err := c.FullPath(); err != nil || filepath.Base(full) != name {
				t.Errorf("got %s, %v, want %s", filepath.Base(full), err, name)
			}
		}
	})
	if clashes == total {
		t.Errorf("all %d graphs have two methods of one name: nothing was compared", total)
	}
}
