package npy_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func TestNotNpy(t *testing.T) {
	for start, text := range map[string]string{
		"":                            "the file is empty",
		"\x93NUM":                     "ends after 4 bytes",
		"\x80\x04\x95\x10\x00\x00":    "80 04 95 10, a Python pickle?",
		"\x80\x02]q\x00.":             "a Python pickle?",
		"PK\x03\x04\x14\x00\x00\x00":  "a .npz or zip archive?",
		"\x1f\x8b\x08\x00":            "a gzip file?",
		"SIMPLE  =                  ": "a FITS file?",
		"\x89HDF\r\n\x1a\n":           "an HDF5 file?",
		"1.5, 2.5\n":                  "not a .npy file: it starts with 31 2e 35 2c",
		"x":                           "it starts with 78",
	} {
		var bad *npy.FormatError
		err := decodeError([]byte(start), new([]float64))
		if !errors.As(err, &bad) || bad.Field != "magic" || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v; want a FormatError at magic with %q", start, err, text)
		}
	}
	if err := npy.Decode(strings.NewReader("x"), -1, new([]float64)); err == nil {
		t.Error("negative size: no error")
	}
}

func TestBadHeaders(t *testing.T) {
	entry := func(descr, order, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s}\n", descr, order, shape)
	}
	good := entry("'<f8'", "False", "(1,)")
	for _, test := range []struct {
		text  string
		field string
		want  string
		at    string // the header's text from the offset of the error on; "" is not checked
	}{
		{"", "header", "ends too early", ""},
		{"5", "header", "5 instead of a dict", ""},
		{"[1]", "header", "a list of 1 instead of a dict", ""},
		{"{}", "header", `no key "descr"`, ""},
		{"{'descr': '<f8', 'shape': (1,)}", "header", `no key "fortran_order"`, ""},
		{"{'descr': '<f8', 'descr': '<f8'}", "descr", "given twice", "'<f8'}"},
		{"{'descr': '<f8', 'extra': 1}", "header", `"extra" is not a key`, "1}"},
		{"{1: 2}", "header", "not a string", "1: 2}"},
		{"{'descr' '<f8'}", "header", "colon", "'<f8'}"},
		{"{'descr': '<f8' 'shape': (1,)}", "header", "comma", "'shape': (1,)}"},
		{good + "x", "header", "after the end", "x"},
		{strings.Replace(good, "'<f8'", "'<f8", 1), "header", "comma", ""},
		{strings.Replace(good, "}", "", 1), "header", "comma", ""},
		{entry("'<f8\n'", "False", "(1,)"), "header", "line ends inside", ""},
		{"{'descr", "header", "string without end", ""},
		{`{'\q': 1}`, "header", "escape", ""},
		{entry("os.system('x')", "False", "(1,)"), "header", `"os" is not a literal`, "os.system"},
		{entry("'<f8'", "False", "(1,)*9"), "header", "comma", ""},
		{entry("\x80", "False", "(1,)"), "header", "byte 0x80", ""},
		{entry("'<f8'", "false", "(1,)"), "header", `"false"`, "false"},
		{entry("'<f8'", "0", "(1,)"), "fortran_order", "0 instead of True or False", "0,"},
		{entry("'<f8'", "False", "[1]"), "shape", "a list of 1 instead of a tuple", "[1]"},
		{entry("'<f8'", "False", "1"), "shape", "1 instead of a tuple", "1}"},
		{entry("'<f8'", "False", "(1)"), "shape", "1 instead of a tuple", ""},
		{entry("'<f8'", "False", "(True,)"), "shape", "axis 0 is True", ""},
		{entry("'<f8'", "False", "(1, None)"), "shape", "axis 1 is None", ""},
		{entry("'<f8'", "False", "({},)"), "shape", "axis 0 is a dict", ""},
		{entry("'<f8'", "False", "(1, False)"), "shape", "axis 1 is False", ""},
		{entry("'<f8'", "False", "(('a', 1),)"), "shape", "axis 0 is a tuple of 2", ""},
		{entry("'<f8'", "False", "('a\\n',)"), "shape", `axis 0 is "a\n"`, ""},
		{entry("'<f8'", "u", "(1,)"), "header", `"u" is not a literal`, ""},
		{entry("'<f8'", "False", "(\u6e29,)"), "header", "\"\u6e29\" is not a literal", ""},
		{entry("'<f8'", "False", "(-1,)"), "shape", "negative length -1", ""},
		{entry("'<f8'", "False", "(,)"), "header", `"," is not a literal`, ",)"},
		{entry("'<f8'", "False", "(1 2)"), "header", "comma", "2)"},
		{entry("'<f8'", "False", "(01,)"), "header", "not an integer", ""},
		{entry("'<f8'", "False", "(1.0,)"), "header", "comma", ".0"},
		{entry("'<f8'", "False", "(-,)"), "header", "not an integer", ""},
		{entry("'<f8'", "False", "(9223372036854775808,)"), "header", "too large", "9223372036854775808"},
		{entry("'<f8'", "False", "(9223372036854775807,)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "(4294967296, 4294967296)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "(1152921504606846976,)"), "shape", "larger than any memory", ""},
		{entry("'<f8'", "False", "("+strings.Repeat("1, ", 65)+")"), "shape", "65 axes", ""},
		{entry("'<f8'", "False", strings.Repeat("(", 100)), "header", "nested", ""},
		{entry("'<f8'", "False", "("+strings.Repeat("1,", 1<<17)+")"), "header", "more than 65536 values", ""},
		{entry("'f3'", "False", "(1,)"), "descr", `"f3" is not a dtype`, "'f3'"},
		{entry("'<f8x'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("''", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f-8'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f+8'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<i3'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("'<f264'", "False", "(1,)"), "descr", "is not a dtype", ""},
		{entry("None", "False", "(1,)"), "descr", "None is not a dtype", ""},
		{entry("{'names': ['a']}", "False", "(1,)"), "descr", "a dict is not a dtype", ""},
		{entry("('<f8', (2,))", "False", "(1,)"), "descr", "subarray", ""},
	} {
		version := byte(1)
		if len(test.text) > math.MaxUint16 {
			version = 2
		}
		file := makeFile(version, test.text, make([]byte, 8))
		var bad *npy.FormatError
		err := decodeError(file, new([]float64))
		if !errors.As(err, &bad) || bad.Field != test.field || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80q: %v; want a FormatError at %s with %q", test.text, err, test.field, test.want)
			continue
		}
		if !strings.HasPrefix(string(file[bad.Offset:]), test.at) {
			t.Errorf("%.80q: error at %.20q, want %q", test.text, file[bad.Offset:], test.at)
		}
	}
}

func TestHeaderLimits(t *testing.T) {
	const text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"
	for _, test := range []struct {
		file  []byte
		field string
		want  string
		is    error
	}{
		{makeFile(4, text, nil), "version", "version 4.0 is not known", errors.ErrUnsupported},
		{[]byte("\x93NUMPY\x01\x01\x00\x00"), "version", "version 1.1", errors.ErrUnsupported},
		{[]byte("\x93NUMPY\x01\x00\x10"), "header length", "1 bytes short", io.ErrUnexpectedEOF},
		{[]byte("\x93NUMPY\x01\x00\xff\xff"), "header length", "65535 bytes, but only 0 follow", io.ErrUnexpectedEOF},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "header length", "more than the limit", nil},
		{makeFile(2, strings.Repeat(" ", 1<<20+1), nil), "header length", "more than the limit", nil},
		{makeFile(3, "{'descr': '\xff'}", nil), "header", "not UTF-8", nil},
	} {
		var bad *npy.FormatError
		err := decodeError(test.file, new([]float64))
		if !errors.As(err, &bad) || bad.Field != test.field || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%.30q: %v; want a FormatError at %s with %q that is %v", test.file, err, test.field, test.want, test.is)
		}
	}
	// As long as is allowed.
	longest := text + strings.Repeat(" ", 1<<20-len(text))
	if got := decode[[]float64](t, makeFile(2, longest, make([]byte, 8))); len(got) != 1 {
		t.Errorf("header of a mebibyte: %v", got)
	}
}

// TestLiteralForms has what Python may write, and numpy reads, in other forms.
func TestLiteralForms(t *testing.T) {
	for _, text := range []string{
		"{u'descr': b'<f8', u'fortran_order': False, u'shape': (2L,)}",
		"\t{\"shape\":\n(+2 , ),'fortran_order'\r\n:True,'descr':\"<\\x668\"\f} \n\n",
		"({'descr': ('<f8'), 'fortran_order': (False), 'shape': ((2),)})",
		`{'\x64\u0065scr': '<f8', 'fortran_order': False, 'shape': (2,),}`,
	} {
		payload := []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40}
		if got := decode[[]float64](t, makeFile(1, text, payload)); got[0] != 1 || got[1] != 2 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestHeaderComments has headers with comments, as Python's literals may have them: numpy
// reads the good ones, too.
func TestHeaderComments(t *testing.T) {
	for text, want := range map[string]string{ // of the error; "" where the file loads
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } # made by x":                     "",
		"{'descr': '<f8', # little endian\n 'fortran_order': False, 'shape': (1,), }":               "",
		"# first\n{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}\n# last\n":                "",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (# one\n1,), } #":                        "",
		"{'descr': '<f8', 'fortran_order': # a: 'b', {\n\t# and more\r\nFalse, 'shape': (1,), }":    "",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } # \xe9t\xe9":                     "",
		"{'descr': '<f8#', 'fortran_order': False, 'shape': (1,), }":                                "not a dtype",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } # a\r# b\rx":                     "after the end",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } # a\x00":                         "after the end",
		"# all of it {'descr': '<f8', 'fortran_order': False, 'shape': (1,), }":                     "ends too early",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,) # , }":                              "comma",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1 # not a key of a header\n}": "is not a key",
	} {
		got := []float64{}
		err := decodeError(makeFile(1, text, make([]byte, 8)), &got)
		switch {
		case want == "" && (err != nil || len(got) != 1):
			t.Errorf("%q: %v, %v", text, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if err := decodeError(makeFile(3, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } # \xe9", make([]byte, 8)), new([]float64)); err == nil {
		t.Error("a comment that is no UTF-8 in a header that has to be")
	}
}
