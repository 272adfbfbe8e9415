package formattest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
)

// spare is memory that the compiler has to take.
var spare []byte

func brokenDamage(block <-chan struct{}) []broken {
	quick := formattest.Options{Timeout: 3 * time.Second}
	length := func(whole []byte) (int64, error) {
		if len(whole) < 8 || string(whole[:4]) != magic {
			return 0, errDamaged
		}
		return int64(binary.LittleEndian.Uint32(whole[4:])), nil
	}
	decode := func(parse func(whole []byte, n int64, dst *[]byte) error) formats.Format {
		return plain{decode: func(src formats.Source, dst *[]byte) error {
			whole, err := io.ReadAll(src)
			if err != nil {
				return err
			}
			n, err := length(whole)
			if err != nil {
				return err
			}
			return parse(whole, n, dst)
		}}
	}
	return []broken{
		{name: "panics on a short file", step: "truncated", says: "panic: runtime error: slice bounds out of range",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				*dst = append([]byte{}, slices.Clip(whole)[8:8+n]...)
				return parsePlain(whole, dst)
			})},
		{name: "takes a short file", step: "truncated", says: "gives a value and no error",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				*dst = append([]byte{}, whole[8:min(8+n, int64(len(whole)))]...)
				return nil
			})},
		{name: "takes what is appended for its own", step: "appended", says: "gives another value and no error",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				if n > int64(len(whole)-8) {
					return errDamaged
				}
				*dst = append([]byte{}, whole[8:]...)
				return nil
			})},
		{name: "hangs on a short file", step: "truncated", says: "did not return within 3s", o: quick,
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				if n > int64(len(whole)-8) {
					<-block
				}
				return parsePlain(whole, dst)
			})},
		{name: "believes a length", step: "flipped", says: "bytes of memory; for a file of",
			f: decode(func(whole []byte, n int64, dst *[]byte) error {
				b := make([]byte, n)
				if int64(copy(b, whole[8:])) != int64(len(whole)-8) || n != int64(len(whole)-8) {
					return errDamaged
				}
				*dst = b
				return nil
			})},
		{name: "needs much memory", step: "truncated", says: "a file with 0 of 17 bytes took 335",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				if src.Size() == 0 {
					spare = make([]byte, 32<<20)
				}
				return decodePlain(src, dst)
			}}},
		{name: "promises to find a flipped bit", step: "flipped", says: "bit 0 of byte 8 (offset 0x8) flipped gives another value",
			o: formattest.Options{Exact: true}, f: plain{}},
		{name: "believes Size", step: "wrong size", says: "panic: runtime error: makeslice",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole := make([]byte, src.Size())
				if _, err := io.ReadFull(src, whole); err != nil {
					return err
				}
				return parsePlain(whole, dst)
			}}},
		{name: "panics on brackets", step: "garbage", says: `times '['`,
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				whole, err := io.ReadAll(src)
				if err != nil {
					return err
				}
				if bytes.Contains(whole, []byte("[[[[[[[[")) {
					panic("nested too deeply")
				}
				return parsePlain(whole, dst)
			}}},
		{name: "takes an empty file", step: "garbage", says: "nothing in it gives a value",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				if src.Size() == 0 {
					return nil
				}
				return decodePlain(src, dst)
			}}},
		{name: "panics on a large number in text", step: "forged", says: "the text 9",
			f: of(func(n uint16) []byte { return fmt.Append(nil, "n=", n, ";") }, func(b []byte) (n uint16, err error) {
				var wide float64
				if k, err := fmt.Sscanf(string(b), "n=%g;", &wide); k != 1 || err != nil || !bytes.HasSuffix(b, []byte(";")) {
					return 0, errDamaged
				}
				if wide > 1e6 {
					select {} // what Func contains is no panic
				}
				return uint16(wide), nil
			}), o: formattest.Options{Timeout: quick.Timeout, Types: []reflect.Type{reflect.TypeFor[uint16]()}}},
		{name: "leaves a goroutine", step: "left behind", says: "goroutines were still there",
			f: plain{decode: func(src formats.Source, dst *[]byte) error {
				err := decodePlain(src, dst)
				if err != nil {
					go func() { <-block }()
				}
				return err
			}}},
	}
}
