package dataelab_test

import (
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

type (
	calibrated struct {
		Parent
		*notes
		measurer
		Mean    cacher `cache:"calibrated_mean"`
		Pointed *cacher
		Any     any
		None    *cacher
		List    []cacher
		Member  leaf
	}
	notes struct {
		Notes  cacher
		Oldest cacher // also of Grandparent, but one level nearer
		secret cacher
	}
)

func TestGetDiskCacher(t *testing.T) {
	c := &calibrated{notes: &notes{secret: cacher{}}, measurer: &leaf{}, Pointed: new(cacher), Any: new(cacher)}
	for method, want := range map[string]diskcache.Cacher{
		"calibrated_mean": &c.Mean,
		"Mean":            &c.Mean, // the outermost, by the field's name
		"Notes":           &c.notes.Notes,
		"secret":          &c.notes.secret,
		"Oldest":          &c.notes.Oldest,
		"Pointed":         c.Pointed,
		"Any":             c.Any.(*cacher),
		"Secret":          &c.notes.secret, // the method as Go users call it
		"mean":            &c.Mean,
		"CALIBRATED_MEAN": &c.Mean,
	} {
		got, err := dataelab.GetDiskCacher(c, method)
		if got != want || err != nil {
			t.Errorf("%s: got %p, %v, want %p", method, got, err, want)
		}
	}
	for part, want := range map[any]*cacher{
		&c.Parent:         &c.Parent.Mean,
		c.measurer:        &c.measurer.(*leaf).Mean,
		&struct{ leaf }{}: nil,
	} {
		if got, err := dataelab.GetDiskCacher(part, "Mean"); err != nil || want != nil && got != diskcache.Cacher(want) {
			t.Errorf("Mean of %T: got %p, %v, want %p", part, got, err, want)
		}
	}
}

// What it returns is the cacher itself: with its tag, and for a tree's part too.
func TestGetDiskCacherHasTheTag(t *testing.T) {
	p := newPipeline(t, t.TempDir())
	for instance, method := range map[any]string{p: "label", p.Stage: "total"} {
		c, err := dataelab.GetDiskCacher(instance, method)
		if err != nil {
			t.Fatal(err)
		}
		if name := pathOf(t, c); !strings.HasSuffix(name, "."+method) {
			t.Errorf("%s is stored as %s", method, name)
		}
	}
}

type (
	twoParents struct {
		leaf
		*Parent
	}
	swapped struct {
		A cacher `cache:"B"`
		B cacher `cache:"A"`
	}
	ring  struct{ *ring }
	cased struct {
		AB, aB cacher
	}
)

func TestGetDiskCacherErrors(t *testing.T) {
	loop := &ring{}
	loop.ring = loop
	var circle any
	circle = &circle
	for _, test := range []struct {
		name     string
		instance any
		method   string
		tell     string
	}{
		{"unknown", &Child{}, "Median", "*dataelab_test.Child has no such cached method; it has Mean, Oldest"},
		{"empty", &Child{}, "", "no such cached method"},
		{"two but for case", &cased{}, "ab", "it could be field AB of dataelab_test.cased, or field aB of"},
		{"of a member", &Child{}, "My_method", "no such cached method"},
		{"nothing cached", &position{}, "Mean", "*dataelab_test.position has no cached methods"},
		{"only embeds itself", loop, "Mean", "has no cached methods"},
		{"embedded circle", &struct{ any }{circle}, "Mean", "has no cached methods"},
		{"embedded nil pointer", &pointed{}, "Mean", "no such cached method; it has Power"},
		{"nil pointer to a cacher", &calibrated{}, "None", "no such cached method; it has calibrated_mean, Mean, Oldest"},
		{"at one depth twice", &twoParents{Parent: &Parent{}}, "Mean",
			"it could be field Mean of dataelab_test.leaf, embedded in dataelab_test.twoParents, " +
				"or field Mean of dataelab_test.Parent, embedded in dataelab_test.twoParents"},
		{"two with one name", &swapped{}, "A", "it could be field A of dataelab_test.swapped, or field B of"},
	} {
		got, err := dataelab.GetDiskCacher(test.instance, test.method)
		if got != nil || err == nil || !strings.Contains(err.Error(), test.tell) {
			t.Errorf("%s: got %v, %v\nwant an error with %q", test.name, got, err, test.tell)
		}
	}
}
