// Package faultfs is a file system for tests: the real one, of which any
// operation can fail, write only half, or be the last before a crash, and which
// knows what a power cut would leave of it.
//
//	files, err := faultfs.New(dir)
//	files.Inject(7, faultfs.Fault{Err: syscall.ENOSPC}) // the seventh operation fails
//	s := store.Dir(dir, store.DirOptions{Files: files})
//	... // use s
//	for clone := range files.Clones(faultfs.AnyOrder) {
//		err := clone.Write(elsewhere) // and look at it there
//	}
//
// It flushes nothing on the real disk: only Clones tells flushed from not flushed.
// What others change in the directory it does not know.
package faultfs
