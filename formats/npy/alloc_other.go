//go:build !linux

package npy

// adviseHuge does nothing here: the choice of huge pages is the system's.
func adviseHuge([]byte) {}
