package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// arrays measures saving and loading of one large array of float64 beside numpy,
// and beside what the system alone needs for the same bytes.
func arrays(t *table, numpy *python, p *plan) error {
	rounds, dir := p.rounds, p.dir
	n := p.size << 20 / 8
	value := make([]float64, n)
	for i := range value {
		value[i] = float64(i)
	}
	if _, err := numpy.do("make", strconv.Itoa(n)); err != nil {
		return err
	}
	bytes := int64(p.size) << 20
	ours, theirs := filepath.Join(dir, "ours.npy"), filepath.Join(dir, "theirs.npy")
	rival := func(verb string) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			if strings.HasPrefix(verb, "save") {
				_ = os.Remove(theirs) // each save makes a new file
				settle()
			}
			return numpy.do(verb, theirs)
		}
	}
	save := func() error { return saveWithDigest(ours, value) }
	if err := t.play(contest{what: "save .npy", ours: "npy.Encode with digest", rival: "np.save", target: "at least 1.2", bytes: bytes},
		rounds, fresh(ours, save), rival("save")); err != nil {
		return err
	}
	if err := t.play(contest{what: "load .npy", ours: "npy.Decode with digest", rival: "np.load", target: "at least 1.2", bytes: bytes},
		rounds, timed(func() error { return loadWithDigest(ours, n) }), rival("load")); err != nil {
		return err
	}

	if err := t.play(contest{what: "open .npy mapped", ours: "npy.Map", rival: "np.load, mmap_mode", target: "at least 2"},
		rounds, func() (time.Duration, error) { return mapped(ours, n) }, rival("map")); err != nil {
		return err
	}

	ctx := context.Background()
	s, err := newSlopes(dir)
	if err != nil {
		return err
	}
	compute := func(ctx context.Context) ([]float64, error) { return value, ctx.Err() }
	if err := t.play(contest{what: "save, flushed to the disk", ours: "Refresh", rival: "np.save, fsync", bytes: bytes}, rounds,
		timed(func() error { _, err := s.mean.Refresh(ctx, compute); return err }), rival("save-flushed")); err != nil {
		return err
	}
	if err := t.play(contest{what: "load, new instance", ours: "Execute", rival: "np.load", bytes: bytes}, rounds,
		timed(func() error {
			s, err := newSlopes(dir)
			if err != nil {
				return err
			}
			kept, err = s.mean.Execute(ctx, s.compute)
			if len(kept) != n {
				return errors.New("the wrong value was loaded")
			}
			return err
		}), rival("load")); err != nil {
		return err
	}

	return limits(t, value, rounds, ours, theirs)
}

// limits compares with what the system alone needs for the same bytes.
func limits(t *table, value []float64, rounds int, ours, theirs string) error {
	bytes := int64(len(value)) * 8
	if err := t.play(contest{what: "save, and the limit", ours: "npy.Encode with digest", rival: "write(2) alone", target: "at least 0.67", bytes: bytes}, rounds,
		fresh(ours, func() error { return saveWithDigest(ours, value) }),
		fresh(theirs, func() error { return writeAlone(theirs, value) })); err != nil {
		return err
	}
	n, warm := len(value), make([]byte, bytes)
	return t.play(contest{what: "load, and the limit", ours: "npy.Decode with digest", rival: "read(2) into warm memory", target: "at least 0.67", bytes: bytes}, rounds,
		timed(func() error { return loadWithDigest(ours, n) }),
		timed(func() error {
			f, err := os.Open(ours)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.ReadAt(warm, 128)
			return err
		}))
}

// fresh times a save that makes a new file at path.
func fresh(path string, save func() error) func() (time.Duration, error) {
	return renewed(path, timed(save))
}

// renewed has a save, which times itself, make a new file at path.
func renewed(path string, save func() (time.Duration, error)) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		_ = os.Remove(path)
		settle()
		return save()
	}
}

// mapped times opening alone: the last element is looked at afterwards, as it is
// in numpy's turn.
func mapped(path string, n int) (time.Duration, error) {
	start := time.Now()
	m, err := npy.Map[float64](path)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if data := m.Array().Data; len(data) != n || data[n-1] != float64(n-1) {
		err = errors.New("the wrong value was mapped")
	}
	return took, errors.Join(err, m.Close())
}

// writeAlone writes the same bytes by the system call alone.
func writeAlone(path string, value []float64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(value))), len(value)*8))
	return errors.Join(err, f.Close())
}

func saveWithDigest(path string, value []float64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := digest.NewWriter(f)
	if _, err := npy.Encode(w, value); err != nil {
		return errors.Join(err, f.Close())
	}
	if w.Sum() == "" {
		return errors.New("no digest")
	}
	return f.Close()
}

func loadWithDigest(path string, n int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r := digest.NewReader(f, info.Size())
	var value []float64
	if err := npy.Decode(r, r.Size(), &value); err != nil {
		return err
	}
	if _, err := r.Sum(); err != nil {
		return err
	}
	if len(value) != n || value[n-1] != float64(n-1) {
		return errors.New("the wrong value was loaded")
	}
	return nil
}
