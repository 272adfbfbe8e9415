package diskcache_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// forged is a member of an archive in the making.
type forged struct {
	zip.FileHeader
	content []byte
}

// forge returns an archive of members.
func forge(tb testing.TB, members []forged) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		h := m.FileHeader
		if h.Method == zip.Store && h.CRC32 == 0 {
			h.CRC32 = crc32.ChecksumIEEE(m.content)
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(m.content)), uint64(len(m.content))
		}
		create := w.CreateRaw
		if h.Method != zip.Store {
			create = w.CreateHeader
		}
		to, err := create(&h)
		if err == nil && len(m.content) > 0 {
			_, err = to.Write(m.content)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// membersOf takes an archive apart.
func membersOf(tb testing.TB, content []byte) (members []forged) {
	tb.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			tb.Fatal(err)
		}
		members = append(members, forged{zip.FileHeader{Name: f.Name, Flags: 0x800}, content})
	}
	return members
}

const (
	hostileFolder = "cache" + testTag
	hostileValue  = hostileFolder + "/root.A.method.npy"
	hostileRecord = hostileFolder + "/.dataelab/root.A.method.json"
)

// smallArchive is one of two entries: manifest, and a value and a record of each.
func smallArchive(tb testing.TB) []byte {
	tb.Helper()
	o := diskcache.Options{Store: storage.Memory()}
	storeIn(tb, o, testTag, "root.A.method", []float64{1, 2})
	return exported(tb, diskcache.CopyOptions{}, placeOf(tb, o))
}

// checkUntouched imports an archive into a directory in which nothing may appear. It
// returns the error.
func checkUntouched(tb testing.TB, content []byte, o diskcache.CopyOptions) error {
	tb.Helper()
	above := tb.TempDir()
	dir := filepath.Join(above, "tmpdir")
	a, err := readArchive(content)
	if err == nil {
		_, err = a.Import(tb.Context(), diskcache.Options{Tmpdir: dir}, o)
	}
	if err != nil {
		if left, _ := filepath.Glob(filepath.Join(above, "*")); len(left) > 0 {
			tb.Errorf("%q was made, although: %v", left, err)
		}
	}
	return err
}

func TestHostileArchives(t *testing.T) {
	sound := membersOf(t, smallArchive(t))
	if len(sound) != 3 || sound[1].Name != hostileValue || sound[2].Name != hostileRecord {
		t.Fatalf("%+v", sound)
	}
	if err := checkUntouched(t, forge(t, sound), diskcache.CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	manifestWith := func(old, replacement string) func([]forged) []forged {
		return func(m []forged) []forged {
			text := strings.Replace(string(m[0].content), old, replacement, 1)
			if text == string(m[0].content) {
				t.Fatalf("no %s in %s", old, text)
			}
			m[0].content = []byte(text)
			return m
		}
	}
	recordWith := func(old, replacement string) func([]forged) []forged {
		return func(m []forged) []forged {
			text := strings.Replace(string(m[2].content), old, replacement, 1)
			if text == string(m[2].content) {
				t.Fatalf("no %s in %s", old, text)
			}
			m[2].content = resealed(text)
			return m
		}
	}
	named := func(name string) func([]forged) []forged {
		return func(m []forged) []forged {
			return append(m, forged{zip.FileHeader{Name: name, Flags: 0x800}, []byte("x")})
		}
	}
	header := func(i int, change func(h *zip.FileHeader)) func([]forged) []forged {
		return func(m []forged) []forged { change(&m[i].FileHeader); return m }
	}
	for name, c := range map[string]struct {
		forge  func([]forged) []forged
		says   string
		member string
	}{
		"nothing":              {func([]forged) []forged { return nil }, "its first member is not dataelab.json", ""},
		"no manifest":          {func(m []forged) []forged { return m[1:] }, "its first member is not dataelab.json", ""},
		"manifest later":       {func(m []forged) []forged { return append(m[1:], m[0]) }, "its first member is not dataelab.json", ""},
		"two manifests":        {func(m []forged) []forged { return append(m, m[0]) }, `no folder "dataelab.json"`, "dataelab.json"},
		"newer layout":         {manifestWith(`"dataelab_archive": 1`, `"dataelab_archive": 2, "places": 7`), "layout 2, and this program knows 1", "dataelab.json"},
		"layout 0":             {manifestWith(`"dataelab_archive": 1`, `"dataelab_archive": 0`), "layout 0", "dataelab.json"},
		"no json":              {manifestWith(`"dataelab_archive": 1`, `"dataelab_archive": 1 1`), "it is not readable", "dataelab.json"},
		"places no list":       {manifestWith(`"places": [`, `"places": 7, "x": [`), "it is not readable", "dataelab.json"},
		"folder leads out":     {manifestWith(`"folder": "cache`, `"folder": "../cache`), `".."`, "dataelab.json"},
		"folder empty":         {manifestWith(`"folder": "cache`+testTag, `"folder": "`), "is empty", "dataelab.json"},
		"tag leads out":        {manifestWith(`"tag": "`, `"tag": "a/`), "path separator", "dataelab.json"},
		"other tag":            {manifestWith(`"tag": "`, `"tag": "other`), "record is of tag", hostileRecord},
		"folder twice":         {manifestWith(`"places": [`, `"places": [{"folder":"CACHE`+testTag+`","tag":"x"},`), "is there twice", "dataelab.json"},
		"absolute":             {named("/etc/passwd"), "no path below", "/etc/passwd"},
		"above":                {named(hostileFolder + "/../x"), "no path below", hostileFolder + "/../x"},
		"dots":                 {named(hostileFolder + "/a..b.npy"), `".."`, hostileFolder + "/a..b.npy"},
		"backslash":            {named(hostileFolder + `\x`), "backslash", hostileFolder + `\x`},
		"control character":    {named(hostileFolder + "/x\n.npy"), "control character", hostileFolder + "/x\n.npy"},
		"NUL":                  {named(hostileFolder + "/x\x00.npy"), "control character", hostileFolder + "/x\x00.npy"},
		"not UTF-8":            {named(hostileFolder + "/\xff.npy"), "not UTF-8", hostileFolder + "/\xff.npy"},
		"no name":              {named(""), "no path", ""},
		"other folder":         {named("elsewhere/x.npy"), `no folder "elsewhere"`, "elsewhere/x.npy"},
		"the folder as a file": {named(hostileFolder), "is empty", hostileFolder},
		"deeper":               {named(hostileFolder + "/a/b"), "path separator", hostileFolder + "/a/b"},
		"a work file":          {named(hostileFolder + "/.dataelab/work/x"), "path separator", hostileFolder + "/.dataelab/work/x"},
		"a private file":       {named(hostileFolder + "/.dataelab/x"), "neither a value nor a record", hostileFolder + "/.dataelab/x"},
		"a folder": {func(m []forged) []forged {
			return append(m, forged{FileHeader: zip.FileHeader{Name: hostileFolder + "/x/"}})
		}, "a folder that no archive", hostileFolder + "/x/"},
		"long name":          {named(hostileFolder + "/" + strings.Repeat("x", 300)), "300 bytes", hostileFolder + "/" + strings.Repeat("x", 300)},
		"twice":              {named(hostileValue), "it is there twice", hostileValue},
		"twice but for case": {named(hostileFolder + "/root.a.Method.npy"), "only in case", hostileFolder + "/root.a.Method.npy"},
		"a stranger's value": {named(hostileFolder + "/root.A.other.npy"), "no record stands beside it", hostileFolder + "/root.A.other.npy"},
		"no value":           {func(m []forged) []forged { return []forged{m[0], m[2]} }, "is not in the archive", hostileRecord},
		"no record":          {func(m []forged) []forged { return m[:2] }, "no record stands beside it", hostileValue},
		"compressed":         {header(1, func(h *zip.FileHeader) { h.Method = zip.Deflate }), "it is compressed", hostileValue},
		"encrypted":          {header(1, func(h *zip.FileHeader) { h.Flags |= 1 }), "it is encrypted", hostileValue},
		"a link":             {header(1, func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }), "no regular file", hostileValue},
		"wrong checksum":     {header(1, func(h *zip.FileHeader) { h.CRC32, h.CompressedSize64, h.UncompressedSize64 = 1, 144, 144 }), "checksum", hostileValue},
		"two sizes":          {header(1, func(h *zip.FileHeader) { h.CRC32, h.CompressedSize64, h.UncompressedSize64 = 1, 144, 1<<40 }), "although it is not compressed", hostileValue},
		"beyond the end":     {header(1, func(h *zip.FileHeader) { h.CRC32, h.CompressedSize64, h.UncompressedSize64 = 1, 1<<40, 1<<40 }), "do not lie in the archive", hostileValue},
		"largest size":       {header(1, func(h *zip.FileHeader) { h.CRC32, h.CompressedSize64, h.UncompressedSize64 = 1, 1<<64-1, 1<<64-1 }), "do not lie in the archive", hostileValue},
		"over the next one":  {header(1, func(h *zip.FileHeader) { h.CRC32, h.CompressedSize64, h.UncompressedSize64 = 1, 300, 300 }), "shares bytes", hostileRecord},
		"other value":        {func(m []forged) []forged { m[1].content[140]++; return m }, "the digest of root.A.method.npy is", hostileValue},
		"shorter value":      {func(m []forged) []forged { m[1].content = m[1].content[:143]; return m }, "it tells of 144 bytes, and its value has 143", hostileRecord},
		"flipped record":     {func(m []forged) []forged { m[2].content[30] ^= 1; return m }, "does not match its own check", hostileRecord},
		"empty record":       {func(m []forged) []forged { m[2].content = nil; return m }, "record has no check", hostileRecord},
		"huge record":        {func(m []forged) []forged { m[2].content = make([]byte, diskcache.MaxRecordSize+1); return m }, "is the most", hostileRecord},
		"record of another":  {recordWith(`"name": "root.A.method"`, `"name": "root.A.other"`), "record is of entry root.A.other", hostileRecord},
		"record of a key":    {recordWith(`"name": "root.A.method"`, `"name": "root.A.method", "key": "`+keyText+`"`), "record is of entry", hostileRecord},
		"record of a file":   {recordWith(`"file": "root.A.method.npy"`, `"file": "../../../.bashrc"`), "which is no value of", hostileRecord},
		"record of a path":   {recordWith(`"file": "root.A.method.npy"`, `"file": "root.A.method.x/y"`), "path separator", hostileRecord},
		"unknown in a path": {func(m []forged) []forged {
			return recordWith(`"file": "root.A.method.npy"`, `"file": "root.A.method./x"`)(recordWith(`"format": "npy"`, `"format": "zarr"`)(m))
		}, "path separator", hostileRecord},
		"record of the future": {recordWith(`"layout": 1`, `"layout": 3`), "newer dataelab", hostileRecord},
		"negative size":        {recordWith(`"bytes": 144`, `"bytes": -144`), "record says -144 bytes", hostileRecord},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkUntouched(t, forge(t, c.forge(membersOf(t, smallArchive(t)))), diskcache.CopyOptions{Foreign: true})
			var e *diskcache.ArchiveError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || e.Member != c.member {
				t.Errorf("%v; want member %q: …%s", err, c.member, c.says)
			}
		})
	}
}

// Two members that share bytes would let a small archive become a large one.
func TestArchiveBomb(t *testing.T) {
	content := smallArchive(t)
	// The central directory's second header is to point to the first one's member.
	at := bytes.Index(content, []byte("PK\x01\x02"))
	second := at + 46 + int(binary.LittleEndian.Uint16(content[at+28:])) + int(binary.LittleEndian.Uint16(content[at+30:]))
	third := second + 46 + int(binary.LittleEndian.Uint16(content[second+28:])) + int(binary.LittleEndian.Uint16(content[second+30:]))
	copy(content[third+42:third+46], content[second+42:second+46])
	if err := checkUntouched(t, content, diskcache.CopyOptions{}); err == nil || !strings.Contains(err.Error(), "shares bytes") {
		t.Errorf("%v", err)
	}
}

// checkAnything imports what may be an archive. Whatever it is, what comes out is the
// entry that was in it, or nothing and an error.
func checkAnything(tb testing.TB, content []byte) (imported bool) {
	tb.Helper()
	o := diskcache.Options{Store: storage.Memory()}
	a, err := readArchive(content)
	if err != nil {
		return false
	}
	report, err := a.Import(tb.Context(), o, diskcache.CopyOptions{})
	if err != nil {
		if names := listed(tb, o.Store, hostileFolder+"/"); len(names) > 0 || report.Copied != 0 {
			tb.Errorf("%v, and there is %q", err, names)
		}
		return false
	}
	if report.Copied == 0 {
		return false
	}
	if v, ok := found[[]float64](tb, o, testTag, "root.A.method"); !ok || len(v) != 2 || v[0] != 1 || v[1] != 2 {
		tb.Errorf("%+v, and there is %v, %v: %q", report, ok, v, listed(tb, o.Store, hostileFolder+"/"))
	}
	return true
}

func TestDamagedArchives(t *testing.T) {
	content := smallArchive(t)
	if !checkAnything(t, content) {
		t.Fatal("a sound archive is not imported")
	}
	for n := range content {
		if checkAnything(t, content[:n]) {
			t.Errorf("cut after %d of %d bytes it is imported", n, len(content))
		}
	}
	harmless, flips := 0, 0
	for at := range content {
		for _, bit := range exhaustive.Bits(at) {
			content[at] ^= 1 << bit
			if checkAnything(t, content) {
				harmless++
			}
			flips++
			content[at] ^= 1 << bit
		}
	}
	// Such as the time of a member, and what its own header repeats.
	if harmless == 0 || harmless > flips/4 {
		t.Errorf("%d of %d bits can be flipped and it is imported", harmless, flips)
	}
	t.Logf("%d bytes; %d of %d flipped bits are harmless", len(content), harmless, flips)
}

func FuzzReadArchive(f *testing.F) {
	content := smallArchive(f)
	f.Add(content)
	f.Add(content[:len(content)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, content []byte) { checkAnything(t, content) })
}

func TestOpenArchiveErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		text: "notes.txt: it is cut short, damaged, or no zip file: ", dir: "it is a folder, and not a regular file", filepath.Join(dir, "missing"): "no such file",
	} {
		a, err := diskcache.OpenArchive(path)
		var e *diskcache.ArchiveError
		if a != nil || !errors.As(err, &e) || e.Path != path || !strings.Contains(strings.ToLower(err.Error()), want) && filepath.Base(path) != "missing" {
			t.Errorf("%s: %v", path, err)
		}
	}
}
