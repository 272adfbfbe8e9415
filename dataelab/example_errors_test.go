package dataelab_test

import (
	"fmt"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// The errors that a newcomer meets, as they print.

func ExampleSetTag_notYet() {
	a := newAnalyzer()
	mean, _ := dataelab.GetDiskCacher(a.Slopes, "mean")
	_, err := mean.FullPath()
	fmt.Println(err)
	// Output:
	// diskcache: no tag is set: call dataelab.SetTag(root, tag), or SetTag on the cacher itself, first
}

func ExampleSetTag_badTag() {
	for _, tag := range []string{"", "2024/04/10", "..", "night\n"} {
		fmt.Println(dataelab.SetTag(newAnalyzer(), tag))
	}
	// Output:
	// dataelab: set tag "": not usable as a file name: the tag is empty
	// dataelab: set tag "2024/04/10": not usable as a file name: the tag "2024/04/10" holds the path separator '/': use - or _
	// dataelab: set tag "..": not usable as a file name: the tag ".." holds "..", which could lead elsewhere
	// dataelab: set tag "night\n": not usable as a file name: the tag "night\n" holds the control character U+000A
}

func ExampleSetTag_rootIsNoPointer() {
	var none *Analyzer
	names := []string{"a", "b"}
	a := newAnalyzer()
	for _, root := range []any{*a, nil, none, &names, &a} {
		fmt.Println(dataelab.SetTag(root, "20240410_112233"))
	}
	// Output:
	// dataelab: set tag "20240410_112233": root is a dataelab_test.Analyzer, not a pointer to one, so it is a copy: pass its address, as in &x
	// dataelab: set tag "20240410_112233": root is nil: pass a pointer to the struct that holds the cachers
	// dataelab: set tag "20240410_112233": root is a nil *dataelab_test.Analyzer: make the object first
	// dataelab: set tag "20240410_112233": root is a *[]string: pass a pointer to the struct that holds the cachers
	// dataelab: set tag "20240410_112233": root is a **dataelab_test.Analyzer: pass a pointer to the struct that holds the cachers
}

func ExampleSetTag_twoMethodsOfOneName() {
	type Spectra struct {
		Power diskcache.DiskCacher[[]float64]
		PSD   diskcache.DiskCacher[[]float64] `cache:"power"`
	}
	fmt.Println(dataelab.SetTag(&Spectra{}, "20240410_112233"))

	type Left struct{ Slopes }
	type Right struct{ Slopes }
	type Both struct {
		Left
		Right
	}
	fmt.Println(dataelab.SetTag(&Both{}, "20240410_112233"))
	// Output:
	// dataelab: set tag "20240410_112233": two methods would be stored under names that differ only in case, which some file systems ignore: root.Spectra.Power, field Power of dataelab_test.Spectra; and root.Spectra.power, field PSD of dataelab_test.Spectra: rename one in its struct tag, as in cache:"other_name"
	// dataelab: set tag "20240410_112233": two methods would be stored under one name, root.Slopes.mean: field mean of dataelab_test.Slopes, embedded in dataelab_test.Left, embedded in dataelab_test.Both; and field mean of dataelab_test.Slopes, embedded in dataelab_test.Right, embedded in dataelab_test.Both: as both are one field, hold the objects elsewhere: in named fields instead of embedded ones, or under other keys
}

func ExampleSetTag_noAddress() {
	type Night struct{ ByTelescope map[string]Slopes }
	fmt.Println(dataelab.SetTag(&Night{map[string]Slopes{"left": {}}}, "20240410_112233"))
	// Output:
	// dataelab: set tag "20240410_112233": field mean of dataelab_test.Slopes, at root.ByTelescope.left: it has no address, as it lies by value in a map or an interface: store a pointer there
}

func ExampleSetTag_unstorableResult() {
	type Fit struct {
		Order  int
		matrix [4]float64
	}
	_ = Fit{matrix: [4]float64{}}
	type Models struct {
		Fit diskcache.DiskCacher[Fit]
	}
	type Filters struct {
		Kernel diskcache.DiskCacher[func(float64) float64]
	}
	type Streams struct {
		Frames diskcache.DiskCacher[map[string]chan []float64]
	}
	type Anything struct {
		Result diskcache.DiskCacher[fmt.Stringer]
	}
	for _, root := range []any{&Models{}, &Filters{}, &Streams{}, &Anything{}} {
		fmt.Println(dataelab.SetTag(root, "20240410_112233"))
	}
	// Output:
	// dataelab: set tag "20240410_112233": field Fit of dataelab_test.Models, named root.Models.Fit: type dataelab_test.Fit cannot be stored: Fit.matrix: gob leaves out the unexported field matrix; export it, or give dataelab_test.Fit the methods GobEncode and GobDecode
	// dataelab: set tag "20240410_112233": field Kernel of dataelab_test.Filters, named root.Filters.Kernel: type func(float64) float64 cannot be stored: the value: functions cannot be stored; leave it out of the result
	// dataelab: set tag "20240410_112233": field Frames of dataelab_test.Streams, named root.Streams.Frames: type map[string]chan []float64 cannot be stored: []: channels cannot be stored; leave it out of the result
	// dataelab: set tag "20240410_112233": field Result of dataelab_test.Anything, named root.Anything.Result: the result type fmt.Stringer is an interface with methods, so what a file holds could not be known: use the concrete type
}

func ExampleSetTag_badOption() {
	type Unknown struct {
		Mean diskcache.DiskCacher[float64] `cache:",expires=1h"`
	}
	type NoDuration struct {
		Mean diskcache.DiskCacher[float64] `cache:",ttl=30"`
	}
	type BadName struct {
		Mean diskcache.DiskCacher[float64] `cache:"mean/left"`
	}
	for _, root := range []any{&Unknown{}, &NoDuration{}, &BadName{}} {
		fmt.Println(dataelab.SetTag(root, "20240410_112233"))
	}
	// Output:
	// dataelab: set tag "20240410_112233": field Mean of dataelab_test.Unknown: struct tag cache:",expires=1h": unknown option "expires"; known are copy, cutoff, mmap, nomemory, pin, aka=, compress=, format=, ttl=, version=
	// dataelab: set tag "20240410_112233": field Mean of dataelab_test.NoDuration: struct tag cache:",ttl=30": ttl="30" is no positive duration such as 90s, 36h or 720h
	// dataelab: set tag "20240410_112233": field Mean of dataelab_test.BadName: struct tag cache:"mean/left": not usable as a file name: the name "mean/left" holds the path separator '/': use - or _
}

func ExampleSetTag_tooLongName() {
	type Node struct {
		Mean diskcache.DiskCacher[float64]
		Next *Node
	}
	list := &Node{}
	for range 1000 {
		list = &Node{Next: list}
	}
	fmt.Println(dataelab.SetTag(list, "20240410_112233"))
	// Output:
	// dataelab: set tag "20240410_112233": field Mean of dataelab_test.Node, 52 steps below root: not usable as a file name: its path has more than 255 bytes: hold the nodes of a list in a slice, or choose shorter names for fields and keys
}

func ExampleGetDiskCacher_unknown() {
	_, err := dataelab.GetDiskCacher(newAnalyzer().Slopes, "median")
	fmt.Println(err)
	_, err = dataelab.GetDiskCacher(newAnalyzer(), "mean")
	fmt.Println(err)
	// Output:
	// dataelab: get cacher "median": *dataelab_test.Slopes has no such cached method; it has mean, rms_of_channel
	// dataelab: get cacher "mean": *dataelab_test.Analyzer has no cached methods: neither it nor what it embeds has a field that is a DiskCacher
}
