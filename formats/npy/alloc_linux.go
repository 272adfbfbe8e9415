package npy

import (
	"os"
	"syscall"
	"unsafe"
)

// adviseHuge asks for huge pages behind b, which is fresh and large, where the
// system leaves the choice to programs (the setting "madvise", usual on
// servers). Advice refused is no error.
func adviseHuge(b []byte) {
	page := os.Getpagesize()
	start := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	skip := int(-start & uintptr(page-1))
	end := skip + (len(b)-skip)&^(page-1)
	_ = syscall.Madvise(b[skip:end], syscall.MADV_HUGEPAGE)
}
