package formats

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dataelab/dataelab-go/formats/gobs"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/formats/table"
	"github.com/dataelab/dataelab-go/formats/text"
)

// known are the formats that every set has. It never changes; a registration
// puts another one in its place.
type known struct {
	asked    []rule   // by type, in this order
	fallback []rule   // asked at last, for files of other programs
	all      []Format // of asked
	named    []Format // by name only
	answers  sync.Map // reflect.Type to answer: facts about types, which take long to find out
}

// A rule gives a format some of the types that it could take.
type rule struct {
	format Format
	gives  func(reflect.Type) error
}

type answer struct {
	formats []Format
	err     error
}

// registered are the formats that imported packages brought.
var registered struct {
	sync.Mutex
	asked []rule   // guarded by the mutex
	named []Format // guarded by the mutex
	known atomic.Pointer[known]
}

// Register gives every set a format. It is asked by type, after npy and npz and
// before gob, for the types of which gives returns nil; with a nil gives it is never
// asked, only named. Register is for the init function of a package that is
// imported for its format, as formats/parquet is; programs use [Set.With] and
// [Set.WithNamed]. It panics when the name or the extension is taken.
func Register(f Format, gives func(reflect.Type) error) {
	registered.Lock()
	defer registered.Unlock()
	for _, other := range (Set{}).All() {
		if other.Name() == f.Name() || other.Ext() == f.Ext() {
			panic(fmt.Sprintf("formats: %s (.%s) is registered beside %s (.%s)", f.Name(), f.Ext(), other.Name(), other.Ext()))
		}
	}
	if gives != nil {
		registered.asked = append(registered.asked, rule{f, gives})
	} else {
		registered.named = append(registered.named, f)
	}
	registered.known.Store(newKnown(registered.asked, registered.named))
}

func knownFormats() *known {
	if k := registered.known.Load(); k != nil {
		return k
	}
	registered.known.CompareAndSwap(nil, newKnown(nil, nil))
	return registered.known.Load()
}

func newKnown(asked []rule, named []Format) *known {
	k := &known{
		// gob keeps strings and times better than numpy does; but where only a .npy lies, it is read.
		fallback: []rule{{npyFormat{}, npy.Accepts}, {npzFormat{}, npz.Accepts}},
		named:    slices.Concat(textFormats, named),
	}
	k.asked = []rule{{npyFormat{}, npy.AcceptsNumbers}, {npzFormat{}, npz.AcceptsNumbers}}
	k.asked = append(k.asked, asked...)
	k.asked = append(k.asked, rule{gobFormat{}, gobs.Accepts})
	for _, r := range k.asked {
		k.all = append(k.all, r.format)
	}
	return k
}

// ask asks own first, then the known ones.
func (k *known) ask(own []Format, t reflect.Type) ([]Format, error) {
	var found []Format
	refused := &TypeError{Type: t}
	offer := func(f Format, err error) {
		if err == nil {
			found = append(found, f)
		} else {
			refused.Reasons = append(refused.Reasons, fmt.Errorf("%s: %w", f.Name(), err))
		}
	}
	for _, f := range own {
		offer(f, f.Accepts(t))
	}
	for _, r := range k.asked {
		if r.format == Format(gobFormat{}) && len(found) == 0 {
			if err := refusesTable(t); err != nil {
				return nil, &TypeError{Type: t, Reasons: []error{fmt.Errorf("parquet: %w", err)}}
			}
		}
		if !has(found, r.format.Name()) {
			offer(r.format, r.gives(t))
		}
	}
	for _, r := range k.fallback {
		if !has(found, r.format.Name()) && r.gives(t) == nil {
			found = append(found, r.format)
		}
	}
	if len(found) == 0 {
		return nil, refused
	}
	return found, nil
}

// textFormats are for people to read and write.
var textFormats = []Format{
	textFormat{"json", text.JSON{}}, textFormat{"yaml", text.YAML{}}, textFormat{"csv", text.CSV{}},
}

// refusesTable says what to do where nothing stores a table as one, or a tag keeps it
// from being one. Going on to gob would be a surprise: Python could not read the file.
func refusesTable(t reflect.Type) error {
	err := table.Accepts(t)
	if err == nil {
		return fmt.Errorf("%v is a table, which goes into a Parquet file: add the line import _ %q, or choose another format, such as format=gob", t, imports["parquet"])
	}
	var refused *table.TypeError
	if errors.As(err, &refused) && refused.Mistake {
		return err
	}
	return nil
}

// imports tells which formats an import brings, and which.
var imports = map[string]string{
	"parquet": "github.com/dataelab/dataelab-go/formats/parquet",
	"feather": "github.com/dataelab/dataelab-go/formats/parquet",
}

// importHint is what to do for a format that the program could have.
func importHint(name string) string {
	if path, ok := imports[name]; ok {
		return fmt.Sprintf("; %s needs the line import _ %q", name, path)
	}
	return ""
}
