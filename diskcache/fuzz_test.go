package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Every name that is accepted is one element of a path, and names files in all
// the ways in which the cache uses it.
func FuzzCheckName(f *testing.F) {
	for _, c := range anyNames {
		f.Add(c.name)
	}
	for _, name := range []string{"CON", "a:b", "x-" + keyText, "\u2028", "\ufeff", "é\u0301", "%2e%2e", "~", "-rf", "a/../b", "....", ". .", "a.", "con.txt"} {
		f.Add(name)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string) {
		err := diskcache.CheckName(name)
		if err != nil {
			if !errors.Is(err, diskcache.ErrName) || !utf8.ValidString(err.Error()) || len(err.Error()) > 4*diskcache.MaxName+200 {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		if filepath.Base(name) != name || filepath.Dir(name) != "." || !filepath.IsLocal(name) || strings.ContainsAny(name, "/\\\x00") {
			t.Fatalf("%q is not one element of a path", name)
		}
		if err := diskcache.CheckTag(name); err != nil {
			t.Errorf("%q is a name and no tag: %v", name, err)
		}
		for _, file := range []string{name + ".npy", name + "-" + keyText + ".parquet", name + "-" + keyText + ".json", name + "-" + keyText + ".lock", diskcache.DefaultPrefix + name[:len(name)/2]} {
			if !utf8.ValidString(file) {
				continue // cut in the middle of a character
			}
			path := filepath.Join(dir, file)
			if filepath.Dir(path) != dir {
				t.Fatalf("%q leads to %s", name, path)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParseFieldOptions(f *testing.F) {
	for _, tag := range []string{"", "mean", ",copy", "power,ttl=720h,version=2,copy", ",,", ",ttl=-1h", ",version=", "a.b", ",copy=", "=", ",ttl=1e9h", "power,aka=psd|spectrum"} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		o, err := diskcache.ParseFieldOptions(tag)
		if err != nil {
			return
		}
		if o.TTL < 0 || !utf8.ValidString(o.Version) || strings.Contains(o.Name, ".") || strings.Contains(o.Version, ",") {
			t.Errorf("%q: %+v", tag, o)
		}
		if o.Name != "" && diskcache.CheckName(o.Name) != nil {
			t.Errorf("%q: the name %q is not usable", tag, o.Name)
		}
		text := o.Name
		if o.Copy {
			text += ",copy"
		}
		if o.TTL > 0 {
			text += ",ttl=" + o.TTL.String()
		}
		if o.Version != "" {
			text += ",version=" + o.Version
		}
		if len(o.Aka) > 0 {
			text += ",aka=" + strings.Join(o.Aka, "|")
		}
		if again, err := diskcache.ParseFieldOptions(text); err != nil || !reflect.DeepEqual(again, o) {
			t.Errorf("%q means %+v, and written anew as %q: %+v, %v", tag, o, text, again, err)
		}
	})
}

// soundRecord is the record of some entry.
func soundRecord(tb testing.TB) []byte {
	tb.Helper()
	d := newDisk(tb)
	c, _ := newCacher[[]float64](tb, d.tmpdir)
	mustExecute(tb, c, (&counted[[]float64]{value: []float64{1, 2, 3}}).compute)
	return d.read(d.record())
}

// Only what carries its own digest passes as a record, and what does is still
// looked at with care.
func FuzzDecodeRecord(f *testing.F) {
	sound := soundRecord(f)
	f.Add(sound)
	f.Add(sound[:len(sound)/2])
	for _, text := range []string{"", "null", "{}", "{\n \"layout\": 1,\n \"check\": \"\"\n}\n", "\n \"check\": \"", "[", strings.Repeat("[", 10_000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := diskcache.DecodeRecord(text); err == nil && !bytes.Equal(text, resealed(string(text))) {
			t.Errorf("taken for a record:\n%s", text)
		}
		sealed := resealed(string(text) + "\n \"check\": \"")
		if err := diskcache.DecodeRecord(sealed); err == nil && !bytes.Contains(bytes.ToLower(sealed), []byte("layout")) {
			t.Errorf("taken for a record:\n%s", sealed)
		}
	})
}

// Whatever lies in the two files of an entry, a look-up gives the right value or
// none.
func FuzzEntryFiles(f *testing.F) {
	s := store(f, "npy", []float64{1, 2, 3})
	value, record := s.read(s.file()), s.read(s.record()) // of this process: each has its own
	f.Add(value, record)
	f.Add(value[:len(value)-1], record)
	f.Add(value, record[1:])
	f.Add(pickledNpy, record)
	f.Add([]byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, newValue, newRecord []byte) {
		s := s
		s.TB = t
		s.write(s.file(), newValue)
		s.write(s.record(), newRecord)
		c, _ := newCacher[[]float64](t, s.tmpdir)
		got, ok, err := c.Peek(context.Background())
		if err != nil || ok && !slices.Equal(got, s.right) {
			t.Errorf("got %v, %v", got, err)
		}
		if ok && (!bytes.Equal(newValue, value) || diskcache.DecodeRecord(newRecord) != nil) {
			t.Error("a changed entry was taken for sound")
		}
	})
}

// Files of other programs may hold anything; what they hold is read or refused.
func FuzzForeignFiles(f *testing.F) {
	array := store(f, "npy", []float64{1, 2, 3})
	f.Add(array.read(array.file()))
	f.Add(pickledNpy)
	object := store(f, "gob", resultPlain{Name: "x", Rows: [][]float64{{1}, nil}, Extra: map[string]*resultPlain{"a": {}}})
	f.Add(object.read(object.file()))
	f.Add([]byte{})
	array.remove(array.record())
	object.remove(object.record())
	f.Fuzz(func(t *testing.T, content []byte) {
		array, object := array, object
		array.TB, object.TB = t, t
		array.write(array.file(), content)
		numbers, _ := newCacher[[]float64](t, array.tmpdir)
		if got, _, err := numbers.Peek(t.Context()); err != nil || len(got) > len(content) {
			t.Errorf("%d numbers of %d bytes, %v", len(got), len(content), err)
		}
		object.write(object.file(), content)
		plain, _ := newCacher[resultPlain](t, object.tmpdir)
		if _, _, err := plain.Peek(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Two lists of strings have one key only if they are one list.
func FuzzKeyStrings(f *testing.F) {
	f.Add("ab", "c", "a", "bc")
	f.Add("", "", "", "")
	f.Add("\x00", "", "", "\x00")
	f.Add(strings.Repeat("x", 64), "", strings.Repeat("x", 65), "")
	f.Add("\x06string\x01a", "b", "a", "\x06string\x01b")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		for _, wrap := range []func(a, b string) []any{
			func(a, b string) []any { return []any{a, b} },
			func(a, b string) []any { return []any{[]string{a, b}} },
			func(a, b string) []any { return []any{map[string]string{"a": a, "b": b}} },
			func(a, b string) []any { return []any{[]any{a, []byte(b)}} },
		} {
			same := a == c && b == d
			if first, second := mustKey(t, wrap(a, b)...), mustKey(t, wrap(c, d)...); (first == second) != same {
				t.Errorf("%q and %q: keys %s and %s", wrap(a, b), wrap(c, d), first, second)
			}
		}
	})
}
