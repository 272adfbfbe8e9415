package dataelab

import (
	"reflect"
	"unsafe"

	"github.com/dataelab/dataelab-go/diskcache"
)

// cacherAt returns the cacher that v, an addressable DiskCacher, is.
//
// Analyzers keep their cachers in unexported fields, and reflect hands out no
// interface from such a field, so that a package's private state stays private.
// Here the owner of the struct asked for it by calling SetTag, the type is known
// to be a DiskCacher, and only its exported methods are used. NewAt makes a
// pointer to the same memory without the read-only mark; that the pointer is
// typed and into a live object is what keeps the garbage collector informed.
func cacherAt(v reflect.Value) diskcache.Cacher {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Interface().(diskcache.Cacher)
}
