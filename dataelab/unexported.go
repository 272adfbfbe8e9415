package dataelab

import (
	"reflect"
	"unsafe"
)

// pointerTo returns the address of v, an addressable DiskCacher or Setting.
//
// Analyzers keep their cachers in unexported fields, and reflect hands out no
// interface from such a field, so that a package's private state stays private.
// Here the owner of the struct asked for it by calling SetTag, the type is known
// to be a DiskCacher or a Setting, and only its exported methods are used. NewAt makes a
// pointer to the same memory without the read-only mark; that the pointer is
// typed and into a live object is what keeps the garbage collector informed.
func pointerTo(v reflect.Value) any {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Interface()
}
