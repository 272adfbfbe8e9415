package npy_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/sbinet/npyio"
	"gonum.org/v1/gonum/mat"
)

// TestNpyioAgrees has another Go library read our files, and us read its own.
func TestNpyioAgrees(t *testing.T) {
	data := benchData(6)
	m := mat.NewDense(2, 3, data)

	var slice []float64
	if err := npyio.Read(bytes.NewReader(encoded(t, data)), &slice); err != nil || !slices.Equal(slice, data) {
		t.Errorf("npyio reads %v (%v), want %v", slice, err, data)
	}
	var dense mat.Dense
	if err := npyio.Read(bytes.NewReader(encoded(t, m)), &dense); err != nil || !mat.Equal(&dense, m) {
		t.Errorf("npyio reads %v (%v), want %v", dense, err, m)
	}

	var file bytes.Buffer
	if err := npyio.Write(&file, data); err != nil {
		t.Fatal(err)
	}
	if got := decode[[]float64](t, file.Bytes()); !slices.Equal(got, data) {
		t.Errorf("npyio wrote %v, read as %v", data, got)
	}
	file.Reset()
	if err := npyio.Write(&file, m); err != nil {
		t.Fatal(err)
	}
	if got := decode[*mat.Dense](t, file.Bytes()); !mat.Equal(got, m) {
		t.Errorf("npyio wrote %v, read as %v", m, got)
	}
}
