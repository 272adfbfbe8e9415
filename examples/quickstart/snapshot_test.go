package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dataelab/dataelab-go/formats/npy"
)

const testTag = "LBTISX20240410_112233"

var allTags = []string{testTag, "LBTISX20240410_114502", "LBTISX20240411_031718"}

// inside is the data that the program carries, to be unpacked into a folder of the test.
func inside(t *testing.T) Archive {
	t.Helper()
	archive, err := (&options{tmpdir: t.TempDir()}).archive()
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// open returns a snapshot whose files are there.
func open(t *testing.T, a Archive, tag string) *Snapshot {
	t.Helper()
	if err := a.Unpack(tag); err != nil {
		t.Fatal(err)
	}
	return a.Snapshot(tag)
}

// onDisk returns an archive of files.
func onDisk(t *testing.T, files fs.FS) Archive {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return Archive{Folder: dir}
}

// shortFrames are enough for every method, and quick to analyze.
const shortFrames = 1040

// shortArchive writes the first frames of testTag into a folder, for -data.
func shortArchive(t *testing.T) string {
	t.Helper()
	s := open(t, inside(t), testTag)
	dir := t.TempDir()
	folder := filepath.Join(dir, testTag)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	metadata := must(s.Metadata(t.Context()))(t)
	for _, name := range []string{slopesName, commandsName, reconstructorName} {
		whole := must(npy.Load[npy.Array[float32]](filepath.Join(s.folder, name)))(t).COrder()
		rows, columns := min(whole.Shape[0], shortFrames), whole.Shape[1]
		short := npy.Array[float32]{Shape: []int{rows, columns}, Data: whole.Data[:rows*columns]}
		path := filepath.Join(folder, name)
		if err := npy.Save(path, short); err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(must(os.ReadFile(path))(t))
		metadata.Files[name] = File{hex.EncodeToString(digest[:])}
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "metadata.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEmbeddedSnapshots(t *testing.T) {
	archive := inside(t)
	tags, err := archive.Tags()
	if err != nil || !slices.Equal(tags, allTags) {
		t.Fatalf("tags %v, error %v", tags, err)
	}
	for _, tag := range tags {
		s := open(t, archive, tag)
		slopes, err := s.Slopes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		commands, err := s.Commands(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reconstructor, err := s.Reconstructor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		frames, count := slopes.Dims()
		if f, modes := commands.Dims(); f != frames || modes != 54 {
			t.Errorf("%s: commands (%d, %d), slopes (%d, %d)", tag, f, modes, frames, count)
		}
		if modes, c := reconstructor.Dims(); modes != 54 || c != count {
			t.Errorf("%s: reconstructor (%d, %d), slopes (%d, %d)", tag, modes, c, frames, count)
		}
	}
}

// TestFortranOrder: commands.npy is stored mode by mode, and read as any other.
func TestFortranOrder(t *testing.T) {
	content, err := fs.ReadFile(embedded, "telescope/"+testTag+"/commands.npy")
	if err != nil {
		t.Fatal(err)
	}
	var stored npy.Array[float32]
	if err := npy.Decode(bytes.NewReader(content), int64(len(content)), &stored); err != nil {
		t.Fatal(err)
	}
	if !stored.Fortran {
		t.Fatal("commands.npy is not in Fortran order")
	}
	commands, err := open(t, inside(t), testTag).Commands(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, columns := commands.Dims()
	for r := range rows {
		for c := range columns {
			if got, want := commands.At(r, c), float64(stored.At(r, c)); got != want {
				t.Fatalf("element (%d, %d) is %v, want %v", r, c, got, want)
			}
		}
	}
}

// smallArchive has one tag with 2 frames, 3 slopes and 1 mode.
func smallArchive(t *testing.T) fstest.MapFS {
	t.Helper()
	file := func(v any) *fstest.MapFile {
		var b bytes.Buffer
		if _, err := npy.Encode(&b, v); err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b.Bytes()}
	}
	return fstest.MapFS{
		"night/slopes.npy":        file([][]float32{{1, 2, 3}, {3, 2, 1}}),
		"night/commands.npy":      file([][]float32{{1}, {2}}),
		"night/reconstructor.npy": file([][]float32{{1, 1, 1}}),
		"night/metadata.json":     {Data: []byte(`{"tag": "night", "loop_rate_hz": 1000, "delay_frames": 1, "diameter_m": 8}`)},
	}
}

func TestDamagedSnapshots(t *testing.T) {
	good := smallArchive(t)
	metadata := func(text string) map[string]*fstest.MapFile {
		return map[string]*fstest.MapFile{"night/metadata.json": {Data: []byte(text)}}
	}
	slopes := func(content []byte) map[string]*fstest.MapFile {
		return map[string]*fstest.MapFile{"night/slopes.npy": {Data: content}}
	}
	nan := bytes.Clone(good["night/slopes.npy"].Data)
	copy(nan[len(nan)-4:], []byte{0, 0, 0xc0, 0x7f})

	for name, c := range map[string]struct {
		change map[string]*fstest.MapFile
		want   string
	}{
		"no metadata":      {map[string]*fstest.MapFile{"night/metadata.json": nil, "day/metadata.json": {}}, `no tag "night" in here: choose from day`},
		"no tags":          {map[string]*fstest.MapFile{"night/metadata.json": nil}, "no snapshot in here"},
		"metadata empty":   {metadata(""), "read here/night/metadata.json: unexpected end"},
		"metadata cut":     {metadata(`{"tag": "night"`), "read here/night/metadata.json: unexpected end"},
		"wrong tag":        {metadata(`{"tag": "day", "loop_rate_hz": 1, "diameter_m": 8}`), `tag "day"`},
		"no rate":          {metadata(`{"tag": "night", "diameter_m": 8}`), "loop_rate_hz is 0"},
		"negative delay":   {metadata(`{"tag": "night", "loop_rate_hz": 1, "delay_frames": -1, "diameter_m": 8}`), "delay_frames is -1"},
		"no diameter":      {metadata(`{"tag": "night", "loop_rate_hz": 1}`), "diameter_m is 0"},
		"all obstructed":   {metadata(`{"tag": "night", "loop_rate_hz": 1, "diameter_m": 8, "obstruction": 1}`), "obstruction is 1"},
		"slopes cut":       {slopes(good["night/slopes.npy"].Data[:130]), "read here/night/slopes.npy: npy: data at byte 130"},
		"slopes empty":     {slopes(nil), "the file is empty"},
		"slopes missing":   {map[string]*fstest.MapFile{"night/slopes.npy": nil}, "read here/night/slopes.npy: "},
		"slopes not a npy": {slopes([]byte("PK\x03\x04 and so on")), "not a .npy file"},
		"slopes NaN":       {slopes(nan), "element (1, 2) is NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(good)
			for name, file := range c.change {
				files[name] = file
				if file == nil {
					delete(files, name)
				}
			}
			archive := onDisk(t, files)
			_, err := archive.Choose([]string{"night"})
			if err == nil {
				_, err = archive.Snapshot("night").Metadata(t.Context())
			}
			if err == nil {
				_, err = archive.Snapshot("night").Slopes(t.Context())
			}
			if err == nil {
				t.Fatalf("no error, want one with %q", c.want)
			}
			said := strings.ReplaceAll(err.Error(), archive.Folder, "here")
			if !strings.Contains(strings.ReplaceAll(said, `\`, "/"), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
