package main

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

const tag = "LBTISX20240410_112233"

// slopes is an analyzer as users write it.
type slopes struct {
	mean diskcache.DiskCacher[[]float64]
}

func newSlopes(dir string) (*slopes, error) {
	s := &slopes{}
	if err := s.mean.SetTmpdir(dir); err != nil {
		return nil, err
	}
	return s, s.mean.SetTag(tag, "root.Slopes.mean")
}

func (s *slopes) compute(context.Context) ([]float64, error) { return make([]float64, 100), nil }

var kept []float64

// hits measures the two cheapest calls beside what the machine needs at least.
func hits(t *table, _ *python, p *plan) error {
	rounds, dir := p.rounds, p.dir
	ctx := context.Background()
	s, err := newSlopes(dir)
	if err != nil {
		return err
	}
	if _, err := s.mean.Execute(ctx, s.compute); err != nil {
		return err
	}
	const calls = 5_000_000
	var bare atomic.Pointer[[]float64]
	bare.Store(new([]float64))
	err = t.play(contest{what: "hit in memory", calls: calls, ours: "Execute", rival: "bare atomic load", target: "at least 0.33"}, rounds,
		timed(func() error {
			for range calls {
				kept, _ = s.mean.Execute(ctx, s.compute)
			}
			return nil
		}),
		timed(func() error {
			for range calls {
				kept = *bare.Load()
			}
			return nil
		}))
	if err != nil {
		return err
	}
	const instances = 2000
	buf := make([]byte, 4096)
	return t.play(contest{what: "small array from disk, new instance", calls: instances, ours: "SetTag, Execute", rival: "open, read, close two files", target: "at least 0.25"}, rounds,
		timed(func() error {
			for range instances {
				s, err := newSlopes(dir)
				if err != nil {
					return err
				}
				if kept, err = s.mean.Execute(ctx, s.compute); err != nil {
					return err
				}
			}
			return nil
		}),
		timed(func() error {
			for range instances {
				for _, name := range []string{"root.Slopes.mean.npy", ".dataelab/root.Slopes.mean.json"} {
					f, err := os.Open(filepath.Join(dir, "cache"+tag, name))
					if err != nil {
						return err
					}
					if _, err := f.Read(buf); err != nil {
						return err
					}
					if err := f.Close(); err != nil {
						return err
					}
				}
			}
			return nil
		}))
}

func timed(f func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		start := time.Now()
		err := f()
		return time.Since(start), err
	}
}
