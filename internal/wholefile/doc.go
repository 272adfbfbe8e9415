// Package wholefile writes files that appear whole or not at all.
//
//	err := wholefile.Write("slopes.npz", func(w io.Writer) error { ... })
//
// It is for files that a user saves by name. The cache publishes its entries with
// code of its own, since they have records and locks beside them.
package wholefile
