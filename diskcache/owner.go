package diskcache

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// An entry belongs to one method of one type of one package, or to a function of one package.
// Two programs can have such ones of equal names, and keep them in one directory: so a record
// says whose it is, and a look compares.
//
//  1. A method belongs to the struct type that declares its field. Type arguments are part of
//     the type, with their packages.
//  2. A function belongs to its package. A function literal, and what an adapter returned, may
//     hold anything: it belongs to the package that calls [Wrap], too.
//  3. A cacher that is in no tree belongs to the package that gives it its tag. What has no
//     owner, as the files of package mapcache, is compared with nobody.
//  4. Package main is the import path of the program, see program.go.
//  5. A path whose first element has no dot is not unique: there it counts, too, where the
//     source lies. Sources that moved together with the cache are the same, as input files are.
//
// Records of before have no owner, and are anybody's.

// owner says whose values a cacher has. It is nil for nobody's.
type owner struct {
	name   string // the package, and the type of a method
	source string // a directory; empty where the name is enough
}

func (o *owner) String() string {
	if o.source == "" {
		return o.name
	}
	return o.name + " in " + o.source
}

// others reports whether the entry of a record that lies in a directory is of somebody else.
func (o *owner) others(r *verdict, dir string) bool {
	if o == nil || r.Owner == "" || r.Owner == o.name && r.Source == pathText(o.source) {
		return false
	}
	if r.Owner != o.name || r.Source == "" || o.source == "" {
		return true
	}
	source := pathIn(r.Source)
	if sameFolder(source, o.source) {
		return false
	}
	came := func(place, _ string) bool { return place == o.source || sameFolder(place, o.source) }
	return move{pathIn(r.Place), dir}.counterpart(source, came) == ""
}

// ownerOf is what a record says.
func ownerOf(r *verdict) *owner { return &owner{r.Owner, pathIn(r.Source)} }

// sign puts an owner into a record.
func (o *owner) sign(r *verdict) {
	if o != nil {
		r.Owner, r.Source = o.name, pathText(o.source)
	}
}

func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// ownerOfType is rule 1.
func ownerOfType(t reflect.Type) *owner {
	pkg, name := t.PkgPath(), stableName(t)
	if name == "" { // a struct without a name: only fields that are not exported say where it is declared
		pkg, name = "main", "struct"
		for i := range t.NumField() {
			if p := t.Field(i).PkgPath; p != "" {
				pkg = p
			}
		}
	}
	if pkg == "" {
		return nil
	}
	p := programNow()
	o := &owner{name: p.importPath(pkg) + "." + mainArgument.ReplaceAllString(name, "${1}"+strings.ReplaceAll(p.importPath("main"), "$", "$$")+".")}
	o.source = p.sourceOf(pkg)
	for _, word := range typeWords.FindAllString(name, -1) {
		if dot := strings.LastIndex(word, "."); dot > 0 && o.source == "" {
			o.source = p.sourceOf(word[:dot])
		}
	}
	return o
}

// isType reports whether two names are of one type: package main has another name where it is
// tested.
func isType(a, b string) bool {
	if a == b {
		return true
	}
	path := "${1}" + strings.ReplaceAll(programNow().path, "$", "$$") + "."
	return mainType.ReplaceAllString(a, path) == mainType.ReplaceAllString(b, path)
}

var (
	mainType     = regexp.MustCompile(`(^|[\[,*\]])main\.`)
	mainArgument = regexp.MustCompile(`([\[,*\]])main\.`)
	typeWords    = regexp.MustCompile(`[^\[\],*{} ]+`)
)

// ownerOfFunction is rule 2. It is called by Wrap.
func ownerOfFunction(f any) *owner {
	name := ""
	if fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer()); fn != nil {
		name = fn.Name()
	}
	pkg, caller := packageOf(name), callerPackage()
	if pkg != "" && !literal.MatchString(name) {
		return ownerOfPackage(pkg)
	}
	o := ownerOfPackage(caller)
	if o != nil && pkg != "" && pkg != caller && !ours[pkg] {
		other := ownerOfPackage(pkg)
		o.name += " with " + other.name
		if o.source == "" {
			o.source = other.source
		}
	}
	return o
}

// literal finds the names of function literals.
var literal = regexp.MustCompile(`\.func[0-9]`)

// ownerOfCaller is rule 3.
func ownerOfCaller() *owner { return ownerOfPackage(callerPackage()) }

func ownerOfPackage(pkg string) *owner {
	if pkg == "" {
		return nil
	}
	p := programNow()
	return &owner{p.importPath(pkg), p.sourceOf(pkg)}
}

// ours are the packages in which no user's code is.
var ours = map[string]bool{
	reflect.TypeFor[Options]().PkgPath():                                               true,
	reflect.TypeFor[Options]().PkgPath() + "/mapcache":                                 true,
	filepath.ToSlash(filepath.Dir(reflect.TypeFor[Options]().PkgPath())) + "/dataelab": true,
}

// callerPackage is the package of the code that calls this module.
func callerPackage() string {
	for frame := range frames() {
		if pkg := packageOf(frame.Function); pkg != "" && !ours[pkg] {
			return pkg
		}
	}
	return ""
}

// frames goes through the calls that are under way, the last one first.
func frames() func(yield func(*runtime.Frame) bool) {
	return func(yield func(*runtime.Frame) bool) {
		var counters [64]uintptr
		for skip := 2; ; skip += len(counters) {
			n := runtime.Callers(skip, counters[:])
			all := runtime.CallersFrames(counters[:n])
			for more := n > 0; more; {
				var frame runtime.Frame
				if frame, more = all.Next(); frame.Function != "" && !yield(&frame) {
					return
				}
			}
			if n < len(counters) {
				return
			}
		}
	}
}

// packageOf returns the import path in the name of a function.
func packageOf(function string) string {
	path, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndex(path, "/") + 1
	name, _, found := strings.Cut(path[slash:], ".")
	if !found {
		return ""
	}
	return strings.ReplaceAll(path[:slash]+name, "%2e", ".")
}
