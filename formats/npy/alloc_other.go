//go:build !linux

package npy

// adviseHuge does nothing: only Linux leaves the choice of huge pages to
// programs in a way that Go's allocator does not already make use of.
func adviseHuge([]byte) {}
