// Package store is where a cache keeps its files: under names, each whole or
// not there at all.
//
//	s := store.Dir("/data/cache", store.DirOptions{})
//	w, err := s.Put(ctx, "night1/mean.npy", store.Replace)
//	if err != nil {
//		return err
//	}
//	defer w.Discard() // does nothing after Commit
//	if _, err := w.Write(content); err != nil {
//		return err
//	}
//	if err := w.Close(); err != nil { // all is there, and still invisible
//		return err
//	}
//	return w.Commit() // now it is visible
//
// A [Store] has five methods, which object storage can serve as well as a file
// system. [Dir] keeps local files and is what diskcache uses unless told
// otherwise; [Memory] is for tests and for programs that may write nowhere. Package
// storetest has the tests that every Store must pass.
//
// # More than five methods
//
// What only some stores can do is an interface of its own: [Sessions], [Subber],
// [Mover], [Locker], [Publishing] and [OSFiler]. A cache asks for them, and is correct
// without: locks only ever save work.
//
// # Names
//
// A name is a path with slashes that [io/fs.ValidPath] accepts, without a backslash.
// Names that differ only in case may be one and the same.
//
// # Concurrency
//
// A Store may be used by any number of goroutines and, where it is shared, by any
// number of processes; Objects may be read by many goroutines, while Writers and
// Sessions are for one at a time.
package store
