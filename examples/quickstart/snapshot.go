package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// Archive is a folder of snapshots, one subfolder per tag: files on disk, or
// those that the program carries inside.
type Archive struct {
	FS   fs.FS
	Name string // for messages: the folder's path
}

// Tags returns the tags of the archive in alphabetical order.
func (a Archive) Tags() ([]string, error) {
	found, err := fs.Glob(a.FS, "*/metadata.json")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no snapshot in %s: expected folders <tag> with a metadata.json and the arrays of one snapshot", a.Name)
	}
	tags := make([]string, len(found))
	for i, file := range found {
		tags[i] = path.Dir(file)
	}
	return tags, nil
}

// Snapshot is the telemetry of one tag. Its arrays are read when first asked
// for: where all results are cached, never.
type Snapshot struct {
	Metadata

	// Slopes is what the wavefront sensor measured, (frames, slopes), in arcsec.
	Slopes func() (*mat.Dense, error)
	// Commands is what the mirror was told, (frames, modes), in nm RMS of wavefront.
	Commands func() (*mat.Dense, error)
	// Reconstructor turns slopes into modes, (modes, slopes), in nm/arcsec.
	Reconstructor func() (*mat.Dense, error)
}

// Metadata is what metadata.json says of a snapshot. Fields that this program
// has no use for are ignored.
type Metadata struct {
	Tag         string  `json:"tag"`
	LoopRate    float64 `json:"loop_rate_hz"`
	Delay       int     `json:"delay_frames"` // from a command to the first frame that sees it
	Diameter    float64 `json:"diameter_m"`
	Obstruction float64 `json:"obstruction"` // diameter of the pupil's hole, in diameters

	Files struct {
		Slopes        File `json:"slopes.npy"`
		Commands      File `json:"commands.npy"`
		Reconstructor File `json:"reconstructor.npy"`
	} `json:"files"`
}

// File is what the metadata say of an array.
type File struct {
	SHA256 string `json:"sha256"` // so that no result is made of a damaged file; may be empty
}

// Open reads the metadata of a tag's snapshot.
func (a Archive) Open(tag string) (*Snapshot, error) {
	name := tag + "/metadata.json"
	text, err := fs.ReadFile(a.FS, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, a.unknown(tag)
	}
	s := &Snapshot{}
	if err == nil {
		err = json.Unmarshal(text, &s.Metadata)
	}
	if err == nil {
		err = s.Metadata.check(tag)
	}
	if err != nil {
		return nil, a.fail(name, err)
	}
	s.Slopes = a.array(tag, "slopes.npy", s.Files.Slopes)
	s.Commands = a.array(tag, "commands.npy", s.Files.Commands)
	s.Reconstructor = a.array(tag, "reconstructor.npy", s.Files.Reconstructor)
	return s, nil
}

func (a Archive) unknown(tag string) error {
	tags, err := a.Tags()
	if err != nil {
		return err
	}
	return fmt.Errorf("no tag %q in %s: choose from %s", tag, a.Name, strings.Join(tags, ", "))
}

func (a Archive) fail(name string, err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err // the path is in our own message, and complete there
	}
	return fmt.Errorf("read %s: %w: copy this file again, or choose other tags with -tag", filepath.Join(a.Name, filepath.FromSlash(name)), err)
}

func (m *Metadata) check(tag string) error {
	switch {
	case m.Tag != tag:
		return fmt.Errorf("this is the metadata of tag %q", m.Tag)
	case !(m.LoopRate > 0):
		return fmt.Errorf("loop_rate_hz is %v, must be above 0", m.LoopRate)
	case m.Delay < 0:
		return fmt.Errorf("delay_frames is %d, must not be below 0", m.Delay)
	case !(m.Diameter > 0):
		return fmt.Errorf("diameter_m is %v, must be above 0", m.Diameter)
	case !(m.Obstruction >= 0 && m.Obstruction < 1):
		return fmt.Errorf("obstruction is %v, must be at least 0 and below 1", m.Obstruction)
	}
	return nil
}

// array returns a function that reads an array the first time it is called. A
// matrix is float64 in C order, whichever numpy wrote: float32 fits without
// loss, and npy puts Fortran order right.
func (a Archive) array(tag, name string, known File) func() (*mat.Dense, error) {
	return sync.OnceValues(func() (*mat.Dense, error) {
		content, err := fs.ReadFile(a.FS, path.Join(tag, name))
		if err != nil {
			return nil, a.fail(path.Join(tag, name), err)
		}
		var array *mat.Dense
		if err := npy.Decode(bytes.NewReader(content), int64(len(content)), &array); err != nil {
			return nil, a.fail(path.Join(tag, name), err)
		}
		digest := sha256.Sum256(content)
		if known.SHA256 != "" && known.SHA256 != hex.EncodeToString(digest[:]) {
			return nil, a.fail(path.Join(tag, name), errors.New("its content is not the one that metadata.json has the SHA-256 of"))
		}
		if err := checkFinite(array); err != nil {
			return nil, a.fail(path.Join(tag, name), err)
		}
		return array, nil
	})
}

// checkFinite keeps a NaN from spreading into every result.
func checkFinite(m *mat.Dense) error {
	rows, _ := m.Dims()
	for r := range rows {
		for c, v := range m.RawRowView(r) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("element (%d, %d) is %v", r, c, v)
			}
		}
	}
	return nil
}
