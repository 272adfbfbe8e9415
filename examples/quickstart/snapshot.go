package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/npy"
)

// The raw files of a snapshot.
const (
	metadataName      = "metadata.json"
	slopesName        = "slopes.npy"
	commandsName      = "commands.npy"
	reconstructorName = "reconstructor.npy"
)

// Snapshot is the telemetry of one tag. A file is read when it is first asked for:
// where all results are cached, never. It is asked for with the context of a
// computation, so that the cache knows which results were made of which file.
type Snapshot struct {
	Tag    string
	folder string // full path

	metadata                        diskcache.Loader[Metadata]
	slopes, commands, reconstructor diskcache.Loader[*mat.Dense]
}

// Metadata is what metadata.json says of a snapshot. Fields that this program
// has no use for are ignored.
type Metadata struct {
	Tag         string          `json:"tag"`
	LoopRate    float64         `json:"loop_rate_hz"`
	Delay       int             `json:"delay_frames"` // from a command to the first frame that sees it
	Diameter    float64         `json:"diameter_m"`
	Obstruction float64         `json:"obstruction"` // diameter of the pupil's hole, in diameters
	Files       map[string]File `json:"files"`       // the arrays, by name
}

// File is what the metadata say of an array.
type File struct {
	SHA256 string `json:"sha256"` // of the file as it was published; may be empty
}

// Metadata returns what metadata.json says.
func (s *Snapshot) Metadata(ctx context.Context) (Metadata, error) {
	return s.metadata.Load(ctx, func(ctx context.Context) (m Metadata, err error) {
		text, err := s.read(ctx, metadataName)
		if err != nil {
			return m, err
		}
		if err := json.Unmarshal(text, &m); err != nil {
			return m, s.fail(metadataName, err)
		}
		if err := m.check(s.Tag); err != nil {
			return m, s.fail(metadataName, err)
		}
		return m, nil
	})
}

// Slopes is what the wavefront sensor measured, (frames, slopes), in arcsec.
func (s *Snapshot) Slopes(ctx context.Context) (*mat.Dense, error) {
	return s.array(ctx, &s.slopes, slopesName)
}

// Commands is what the mirror was told, (frames, modes), in nm RMS of wavefront.
func (s *Snapshot) Commands(ctx context.Context) (*mat.Dense, error) {
	return s.array(ctx, &s.commands, commandsName)
}

// Reconstructor turns slopes into modes, (modes, slopes), in nm/arcsec.
func (s *Snapshot) Reconstructor(ctx context.Context) (*mat.Dense, error) {
	return s.array(ctx, &s.reconstructor, reconstructorName)
}

// array returns an array that was loaded before, if its file has not changed since, or
// reads it. A matrix is float64 in C order, whichever numpy wrote: float32 fits without
// loss, and npy puts Fortran order right.
func (s *Snapshot) array(ctx context.Context, loader *diskcache.Loader[*mat.Dense], name string) (*mat.Dense, error) {
	return loader.Load(ctx, func(ctx context.Context) (*mat.Dense, error) {
		content, err := s.read(ctx, name)
		if err != nil {
			return nil, err
		}
		var array *mat.Dense
		if err := npy.Decode(bytes.NewReader(content), int64(len(content)), &array); err != nil {
			return nil, s.fail(name, err)
		}
		if err := checkFinite(array); err != nil {
			return nil, s.fail(name, err)
		}
		return array, nil
	})
}

// read returns a file's content, and tells the cache that what is being computed was made
// of it.
func (s *Snapshot) read(ctx context.Context, name string) ([]byte, error) {
	content, err := diskcache.ReadFile(ctx, filepath.Join(s.folder, name))
	if err != nil {
		return nil, s.fail(name, err)
	}
	return content, nil
}

func (s *Snapshot) fail(name string, err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err // the path is in our own message
	}
	return fmt.Errorf("read %s: %w: copy this file again (-restore does so with those that this program unpacked), or choose other tags with -tag", filepath.Join(s.folder, name), err)
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
