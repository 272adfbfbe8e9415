package main

import (
	"os"
	"slices"
	"testing"
)

// What could not be put back is not told to be.
func TestHostbRestoreFails(t *testing.T) {
	archive, _ := analyzed(t)
	path := archive.Path(testTag, slopesName)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	restored, err := archive.Restore(testTag)
	if err == nil || slices.Contains(restored, path) {
		t.Errorf("restored %v, error %v", restored, err)
	}
}
