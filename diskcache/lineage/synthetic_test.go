package lineage_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

const testTag = "20240410_112233"

// site is a place whose records say what a test wants them to say.
type site struct {
	tb     testing.TB
	dir    string // of the tag
	opts   diskcache.Options
	place  *diskcache.Place
	model  string // a record, see forge
	value  []byte // its value
	digest string
}

func newSite(tb testing.TB) *site {
	tb.Helper()
	o := diskcache.Options{Tmpdir: tb.TempDir(), Durability: store.Fast}
	p, err := diskcache.PlaceOf(o, testTag)
	if err != nil {
		tb.Fatal(err)
	}
	return &site{tb: tb, dir: p.String(), opts: o, place: p}
}

// use is a use as records have it.
type use struct {
	Entry     string `json:"entry,omitempty"`
	Setting   string `json:"setting,omitempty"`
	File      string `json:"file,omitempty"`
	Key       string `json:"key,omitempty"`
	In        string `json:"in,omitempty"`
	Text      string `json:"text,omitempty"`
	Bytes     int64  `json:"bytes,omitempty"`
	Modified  int64  `json:"modified,omitempty"`
	Digest    string `json:"digest,omitempty"`
	Inherited bool   `json:"inherited,omitempty"`
}

// store stores a value of a method under root.A, with a record that tells of these uses.
func (s *site) store(method string, args []any, uses ...use) {
	s.tb.Helper()
	storeValue(s, "root.A."+method, []float64{1, 2, 3}, args, uses...)
}

func storeValue[T any](s *site, name string, value T, args []any, uses ...use) {
	s.tb.Helper()
	var c diskcache.DiskCacher[T]
	if err := errors.Join(c.SetOptions(s.opts), c.SetTag(testTag, name)); err != nil {
		s.tb.Fatal(err)
	}
	if _, err := c.Refresh(s.tb.Context(), func(context.Context) (T, error) { return value, nil }, args...); err != nil {
		s.tb.Fatal(err)
	}
	if len(uses) > 0 {
		s.rewrite(name, keyOf(s.tb, args), uses)
	}
}

func keyOf(tb testing.TB, args []any) string {
	tb.Helper()
	key, err := diskcache.KeyOf(args...)
	if err != nil {
		tb.Fatal(err)
	}
	return key.String()
}

func (s *site) record(name, key string) string {
	return filepath.Join(s.dir, ".dataelab", strings.TrimSuffix(name+"-"+key, "-")+".json")
}

// rewrite lets a record tell of uses, and seals it again.
func (s *site) rewrite(name, key string, uses []use) {
	s.tb.Helper()
	text, err := os.ReadFile(s.record(name, key))
	if err != nil {
		s.tb.Fatal(err)
	}
	s.seal(name, key, string(text), uses)
}

// seal writes text as the record of an entry that used something.
func (s *site) seal(name, key, text string, uses []use) {
	s.tb.Helper()
	var used []string
	for _, u := range uses {
		line, err := json.Marshal(u)
		if err != nil {
			s.tb.Fatal(err)
		}
		used = append(used, string(line))
	}
	const file, check = "\n \"file\": ", "\n \"check\": "
	body, _, ok := strings.Cut(text, check)
	before, after, found := strings.Cut(body, file)
	if !ok || !found {
		s.tb.Fatalf("%s", text)
	}
	if len(uses) > 0 {
		body = fmt.Sprintf("%s\n \"uses\": %d,%s%s\n \"used\": [\n  %s\n ],", before, len(uses), file, after, strings.Join(used, ",\n  "))
	}
	sealed := body + check + `"` + digest.Of([]byte(body)) + "\"\n}\n"
	if err := os.WriteFile(s.record(name, key), []byte(sealed), 0o600); err != nil {
		s.tb.Fatal(err)
	}
}

// forge makes an entry whose key need not be of any arguments, in little time: a copy of one
// that was stored. A use of an entry without a digest is of such a copy.
func (s *site) forge(name, key string, uses ...use) {
	s.tb.Helper()
	const model = "root.A.model"
	if s.model == "" {
		storeValue(s, model, []float64{1, 2, 3}, nil)
		text, err := os.ReadFile(s.record(model, ""))
		if err != nil {
			s.tb.Fatal(err)
		}
		s.model = string(text)
		_, rest, _ := strings.Cut(s.model, `"digest": "`)
		s.digest, _, _ = strings.Cut(rest, `"`)
		value := filepath.Join(s.dir, model+".npy")
		if s.value, err = os.ReadFile(value); err != nil {
			s.tb.Fatal(err)
		}
		if err := errors.Join(os.Remove(value), os.Remove(s.record(model, ""))); err != nil {
			s.tb.Fatal(err)
		}
	}
	for i := range uses {
		if uses[i].Entry != "" {
			uses[i].Digest = cmp.Or(uses[i].Digest, s.digest)
		}
	}
	base := strings.TrimSuffix(name+"-"+key, "-")
	if err := os.WriteFile(filepath.Join(s.dir, base+".npy"), s.value, 0o600); err != nil {
		s.tb.Fatal(err)
	}
	text := strings.Replace(s.model, fmt.Sprintf("\n \"name\": %q,", model), fmt.Sprintf("\n \"name\": %q,\n \"key\": %q,", name, key), 1)
	text = strings.Replace(text, fmt.Sprintf("\"file\": %q", model+".npy"), fmt.Sprintf("\"file\": %q,\n \"arguments\": [%q]", base+".npy", key), 1)
	s.seal(name, key, text, uses)
}

func (s *site) graph() *lineage.Graph {
	s.tb.Helper()
	g, err := lineage.Of(s.tb.Context(), s.place)
	if err != nil {
		s.tb.Fatal(err)
	}
	return g
}
