package npy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// points returns texts of numpy's U, given as code points.
func points(order binary.AppendByteOrder, x ...uint32) []byte {
	var b []byte
	for _, r := range x {
		b = order.AppendUint32(b, r)
	}
	return b
}

func TestTextsThatDoNotFit(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for _, test := range []struct {
		descr   string
		n       int
		payload []byte
		want    string
	}{
		{"'<U2'", 2, points(little, 'a', 0, 'b', 0xd800), "element (1,) has the code point 0xd800"},
		{"'>U1'", 2, points(big, 'a', 0xdfff), "element (1,) has the code point 0xdfff"},
		{"'<U1'", 1, points(little, 0x110000), "element (0,) has the code point 0x110000"},
		{"'>U1'", 1, points(little, 'a'), "element (0,) has the code point 0x61000000"},
		{"'<U1'", 1, points(little, 0xffffffff), "0xffffffff"},
		{"'|S2'", 2, []byte("ab\xffb"), `element (1,) is not UTF-8: "\xffb"`},
		{"'|S3'", 1, []byte("\xed\xa0\x80"), "element (0,) is not UTF-8"},
		{"'<i4'", 1, make([]byte, 4), "<i4 is no text"},
	} {
		var bad *npy.MismatchError
		if err := decodeError(rows(test.descr, test.n, test.payload), new([]string)); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want a MismatchError with %q", test.descr, err, test.want)
		}
	}

	// Zeros inside stay, zeros at the end fill.
	got := decode[[]volume](t, rows("'<U4'", 2, points(little, 'a', 0, 'b', 0, 0, 0, 0, 0)))
	if got[0] != "a\x00b" || got[1] != "" {
		t.Errorf("read %q", got)
	}
}

func TestTextsThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{[]string{"a", "b\x00"}, "element (1,) ends in NUL, which numpy would cut off"},
		{[]string{"\x00"}, "element (0,) ends in NUL"},
		{[][]volume{{"a", "b"}, {"c", "\xff"}}, `element (1, 1) is not UTF-8: "\xff"`},
		{[2][2]string{1: {1: "\xed\xa0\x80"}}, "element (1, 1) is not UTF-8"},
		{npy.Scalar[string]{Value: "\x00"}, "element () ends in NUL"},
		{[]nested{{}, {Two: [2]inner{1: {B: [2]string{"", "\xff"}}}}}, `element (1,) field Two(1,).B(1,) is not UTF-8`},
	} {
		var file strings.Builder
		_, err := npy.Encode(&file, test.v)
		if !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), test.want) || file.Len() > 0 {
			t.Errorf("%T: %v, %d bytes written; want ErrValue with %q", test.v, err, file.Len(), test.want)
		}
	}
	if h := header(t, encoded(t, []string{"", "a\x00b", "\U0010ffff\u0000é"})); h.DType != "<U3" {
		t.Errorf("the longest text has 3 characters: %s", h.DType)
	}
	if h := header(t, encoded(t, []string{})); h.DType != "<U1" || h.Shape[0] != 0 {
		t.Errorf("no texts: %+v", h)
	}
}

// TestPadding refuses a file of which nearly everything would be padding, and
// nothing else.
func TestPadding(t *testing.T) {
	long := strings.Repeat("x", 1000)
	many := make([]string, 100_000)
	many[77] = long
	_, err := npy.Encode(io.Discard, many)
	if !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), "the longest, which has 1000 characters: for 100000 texts of 1000 bytes in all, too much padding") {
		t.Errorf("one long text: %v", err)
	}
	if _, err := npy.Encode(io.Discard, []struct{ A [100_000]string }{{[100_000]string{5: long}}}); !errors.Is(err, npy.ErrValue) {
		t.Errorf("one long text in a row: %v", err)
	}
	if _, err := npy.Encode(io.Discard, many[:10_000]); err != nil {
		t.Errorf("40 MB of padding: %v", err)
	}
	for i := range many {
		many[i] = long[:100]
	}
	many[77] = long
	if _, err := npy.Encode(io.Discard, many); err != nil {
		t.Errorf("40 times as much padding as text: %v", err)
	}
}

// TestTextsWithoutBytes has files that are a few bytes and claim many texts.
func TestTextsWithoutBytes(t *testing.T) {
	for _, descr := range []string{"'<U0'", "'|S0'", "[('A', '<U0')]", "[('A', '|S0', (1000,)), ('B', '|i1', (0,))]"} {
		for _, n := range []int{1 << 18, math.MaxInt / 3, math.MaxInt} {
			for _, dst := range []any{new([]string), new([][]string), new([]struct{ A string }), new([]float64), new([]bool), new([1 << 20]string)} {
				if err := decodeError(rows(descr, n, nil), dst); err == nil {
					t.Errorf("%d of %s were read into %T", n, descr, dst)
				}
			}
			if descr[0] == '\'' { // a header alone takes no memory
				if h := header(t, rows(descr, n, nil)); h.Shape[0] != n {
					t.Errorf("header of %d %s: %+v", n, descr, h)
				}
			}
		}
	}
	if got := decode[[]string](t, rows("'<U0'", 1000, nil)); len(got) != 1000 || got[999] != "" {
		t.Errorf("%d texts", len(got))
	}
	thin := rows("[('A', '<U0', (100,)), ('B', '|i1')]", 10_000, make([]byte, 10_000))
	var bad *npy.MismatchError
	if err := decodeError(thin, new([]struct {
		A [100]string
		B int8
	})); !errors.As(err, &bad) || !strings.Contains(err.Error(), "too many to be true") {
		t.Errorf("a hundred texts for a byte: %v", err)
	}
}

// TestTextsShareMemory reads texts in few allocations, and none of the file's memory.
func TestTextsShareMemory(t *testing.T) {
	v := make([]string, 10_000)
	for i := range v {
		v[i] = fmt.Sprint("star ", i)
	}
	file := encoded(t, v)
	var got []string
	allocations := testing.AllocsPerRun(5, func() { got = decode[[]string](t, file) })
	if allocations > 200 {
		t.Errorf("%v allocations for %d texts", allocations, len(v))
	}
	clear(file)
	for i := range v {
		if got[i] != v[i] {
			t.Fatalf("text %d is %q, want %q", i, got[i], v[i])
		}
	}
	if len(got[1]) != 6 || unsafe.StringData(got[1]) == unsafe.StringData(got[2]) {
		t.Error("texts lie in one another")
	}
}

func TestTextsOnOtherHost(t *testing.T) {
	stars := append(theStars(), theStars()...)
	values := []any{[]string{"a", "é", ""}, stars, []numbers{{1, 2, [2]int32{3, 4}}, {}}}
	var here [][]byte
	for _, v := range values {
		here = append(here, encoded(t, v))
	}
	npy.PretendOtherHost(t)
	for i, v := range values {
		there := encoded(t, v)
		if !bytes.Equal(there[:128], here[i][:128]) || i == 0 != bytes.Equal(there, here[i]) {
			t.Errorf("%T: wrote %q, here %q", v, there, here[i])
		}
	}
	if got := decode[[]star](t, encoded(t, stars)); got[3] != stars[3] || got[0].ID != 7 || got[0].Pos[0] != 1.5 {
		t.Errorf("came back as %+v", got)
	}
	if got := decode[[]numbers](t, encoded(t, values[2])); got[0] != (numbers{1, 2, [2]int32{3, 4}}) {
		t.Errorf("came back as %+v", got)
	}
}
