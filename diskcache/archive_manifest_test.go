package diskcache_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// A manifest cannot make a reader take more memory than the file is long, times a small
// number.
func TestManifestBomb(t *testing.T) {
	const size = 9 << 20
	repeated := func(one string) string { return strings.Repeat(one+",", size/(len(one)+1)) + one }
	var numbered strings.Builder
	for i := 0; numbered.Len() < size; i++ {
		fmt.Fprintf(&numbered, `{"folder":"%d","tag":"%[1]d"},`, i)
	}
	for name, c := range map[string]struct{ places, says string }{
		"empty places":  {repeated("{}"), "the folder is empty"},
		"one place":     {repeated(`{"folder":"a","tag":"a"}`), "is there twice"},
		"many places":   {numbered.String() + `{"folder":"x","tag":"x"}`, "it tells of more than 10001 places and files of other programs, and the archive has 1 members"},
		"empty names":   {`{"folder":"a","tag":"a","foreign":[` + repeated(`""`) + `]}`, "it tells of more than 10001 places"},
		"lists":         {`{"folder":"a","tag":"a","foreign":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, "not readable"},
		"nothing":       {repeated("null"), "the folder is empty"},
		"long manifest": {repeated("{}") + "," + repeated("{}"), "in an archive of 1 members 10241024 is the most"},
	} {
		t.Run(name, func(t *testing.T) {
			text := `{"dataelab_archive":1,"places":[` + c.places + `]}`
			content := forge(t, []forged{{zip.FileHeader{Name: "dataelab.json", Flags: 0x800}, []byte(text)}})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readArchive(content)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%.300v; want …%s", err, c.says)
			}
			if n, most := after.TotalAlloc-before.TotalAlloc, uint64(8*len(content)+16<<20); n > most {
				t.Errorf("%d bytes were allocated for an archive of %d, want at most %d", n, len(content), most)
			}
		})
	}
}

// What Export tells of in a manifest can be read back, or Export says that it cannot.
func TestManifestOfEmptyPlaces(t *testing.T) {
	o := diskcache.Options{Store: storage.Memory()}
	for n, fits := range map[int]bool{5000: true, 10_001: true, 10_002: false} {
		places := make([]*diskcache.Place, n)
		for i := range places {
			p, err := diskcache.PlaceOf(o, fmt.Sprintf("a&b%d", i))
			if err != nil {
				t.Fatal(err)
			}
			places[i] = p
		}
		var out bytes.Buffer
		_, err := diskcache.Export(t.Context(), &out, diskcache.CopyOptions{}, places...)
		if (err == nil) != fits || err != nil && !strings.Contains(err.Error(), "leave out places that are empty") {
			t.Errorf("%d places: %v", n, err)
		}
		if !fits {
			continue
		}
		if a := mustRead(t, out.Bytes()); len(a.Tags()) != n || a.Tags()[n-1] != fmt.Sprintf("a&b%d", n-1) {
			t.Errorf("%d places came of %d", len(a.Tags()), n)
		}
	}
}
