package gobs_test

import (
	"bytes"
	"reflect"
	"testing"
)

// wide takes one byte in a file when it is zero.
type wide struct {
	A, B, C, D, E, F, G, H, I, J, K, L float64
	M, N, O, P, Q, R, S, T, U, V, W, X string
	Z                                  []wide
}

// TestMemory holds Decode to what the documentation says about memory, on files
// that ask for as much as a file can: one byte for each element.
func TestMemory(t *testing.T) {
	const n = 20_000
	for _, c := range []struct {
		empty any
		size  uintptr // in memory, of what a byte of the file can stand for
	}{
		{&[]pair{}, 16},
		{&[]bool{}, 1},
		{&[][]int{}, 24},
		{&[]map[string]int{}, 48},
		{&[]any{}, 16},
		{&[]wide{}, reflect.TypeFor[wide]().Size()},
		{&[]*wide{}, 8 + reflect.TypeFor[wide]().Size()},
		{&map[string]string{}, 32},
		{&map[int8]wide{}, 8 + reflect.TypeFor[wide]().Size()},
		{&map[string][8]int{}, 80},
		{&[][100]int{}, 800},
		{&[]struct{ A [100]int }{}, 800},
		{&[]*[100]int{}, 800},
		{&[]struct{ Inner containers }{}, reflect.TypeFor[containers]().Size()},
	} {
		typ := reflect.TypeOf(c.empty).Elem()
		file, err := plainEncode(c.empty)
		if err != nil {
			t.Fatal(err)
		}
		definitions, id := lastMessage(file)
		body := append(wire{}.raw(id...).uint(0, n), make(wire, n)...)
		file = append(definitions, wire{}.message(body)...)
		used := memoryOf(func() { _, err = decodeAs(typ, file) })
		if limit := uint64(len(file))*max(64, 3*uint64(c.size)) + 1<<16; used > limit {
			t.Errorf("%v: took %d bytes, %d for each of the file (%v)", typ, used, used/uint64(len(file)), err)
		}
	}
}

// lastMessage splits a file of encoding/gob that has an empty slice or map into
// its definitions and the number of the type.
func lastMessage(file []byte) (definitions, id []byte) {
	value := bytes.LastIndexByte(file[:len(file)-3], 4) // length, id in two bytes, 0, 0
	return file[:value:value], file[value+1 : value+3]
}
