package store_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// put is how a content gets a name.
func put(ctx context.Context, s store.Store, name, content string) error {
	w, err := s.Put(ctx, name, store.Replace)
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }() // does nothing after Commit
	if _, err := io.WriteString(w, content); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // all is there, and still invisible
		return err
	}
	return w.Commit()
}

func ExampleMemory() {
	ctx := context.Background()
	s := store.Memory()
	if err := put(ctx, s, "night1/mean.txt", "17 counts"); err != nil {
		fmt.Println(err)
		return
	}
	o, err := s.Open(ctx, "night1/mean.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer o.Close()
	unit := make([]byte, 6)
	if _, err := o.ReadAt(unit, 3); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s of %d bytes\n", unit, o.Size())
	// Output: counts of 9 bytes
}

func ExampleDir() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s := store.Dir(dir, store.DirOptions{Durability: store.Fast})
	if err := put(ctx, s, "night1/mean.txt", "17 counts"); err != nil {
		fmt.Println(err)
		return
	}
	night := store.Sub(s, "night1")
	for name, err := range night.List(ctx, "") {
		fmt.Println(name, err)
	}
	fmt.Println(night.Delete(ctx, "mean.txt"))
	_, err = night.Stat(ctx, "mean.txt")
	fmt.Println(os.IsNotExist(err))
	// Output:
	// mean.txt <nil>
	// <nil>
	// true
}
