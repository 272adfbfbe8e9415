package formats

import (
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// MayDiffer reports whether v, of which f wrote a file, may come back different. The
// formats of this module make sure that it does not, but for one thing: a .gob has what
// GobEncode and MarshalBinary of a type wrote, and so as much of it as these keep. Of
// other formats nothing is known.
func MayDiffer(f Format, v any) bool {
	switch f := f.(type) {
	case zstdFormat:
		return MayDiffer(f.plain, v)
	case only:
		return MayDiffer(f.Format, v)
	case gobFormat:
		return gobs.TrustsMethods(v)
	case interface{ madeOfFunctions() }:
		return true
	}
	t := reflect.TypeOf(f)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() != ours && !strings.HasPrefix(t.PkgPath(), ours+"/")
}

// ours is the path of this package.
var ours = reflect.TypeFor[gobFormat]().PkgPath()
