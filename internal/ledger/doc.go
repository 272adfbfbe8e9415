// Package ledger keeps the account of a directory of files: which there are, how
// much room each takes, when it was last used, and how much room is promised to
// those who are writing.
//
//	l := ledger.Ledger{Root: root, Path: path, Folder: ".dataelab", Mode: 0o600}
//	err := l.Update(func(t *ledger.Tx) error {
//		t.Put(ledger.Line{Name: "root.A.mean", Bytes: 8192, Used: now})
//		return nil
//	})
//
// # The file
//
//	page 0        header: sizes, totals, the page numbers of the tables
//	pages 1-24    journal of the last transaction: its head, and up to 23 pages
//	pages 25...   tables, buckets, pages of promises, free pages
//
// It is a linear hash file. A table maps bucket numbers to pages, a bucket is a
// page of lines and, rarely, more pages chained to it. As lines come and go, one
// bucket is split, or two are joined, at a time: no operation costs more in a
// large ledger than in a small one.
//
// # What may happen to it
//
// One process at a time works on it, under a lock. A transaction is written to the
// journal first and then to its place, so that a process may be killed anywhere.
// Nothing is ever flushed: what a power cut damages fails its check, and the caller
// makes a new ledger of what is in the directory (Build). All that is read is
// checked, and whatever it holds, the outcome is an error or a ledger.
package ledger
