package diskcache_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// A file of another program is overwritten in place by one of the same size, and gets its
// time of before.
func TestForeignUpstreamOverwrittenInPlace(t *testing.T) {
	content := func(number int) []byte {
		l := newLab(t, labComputes{"raw": read("file")})
		l.put("file", number)
		l.want("raw", number, "raw")
		text, err := os.ReadFile(l.value("raw"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	l := newLab(t, labComputes{"raw": read("file"), "top": sum("raw")})
	before := time.Unix(1e9, 0)
	overwrite := func(number int) {
		t.Helper()
		if err := errors.Join(os.WriteFile(l.value("raw"), content(number), 0o600), os.Chtimes(l.value("raw"), before, before)); err != nil {
			t.Fatal(err)
		}
		diskcache.Recheck()
	}
	if err := os.MkdirAll(l.dir+"/cachenight", 0o700); err != nil {
		t.Fatal(err)
	}
	overwrite(10)
	l.want("top", 10, "top")
	overwrite(10)
	l.want("top", 10)
	overwrite(11)
	l.want("raw", 11)
	l.want("top", 11, "top")
	l.again().want("top", 11)
}
