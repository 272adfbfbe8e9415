package main

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Commands is what the deformable mirror was told.
type Commands struct {
	snapshot *Snapshot
	rms      diskcache.DiskCacher[[]float64] // root.dm.Commands.rms.npy
}

// RMS returns how far each mode of the mirror moved about its mean, in nm.
func (c *Commands) RMS(ctx context.Context) ([]float64, error) {
	return c.rms.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		commands, err := c.snapshot.Commands(ctx)
		if err != nil {
			return nil, err
		}
		return standardDeviations(commands), nil
	})
}

// standardDeviations returns that of each column, normalized by rows-1.
func standardDeviations(m *mat.Dense) []float64 {
	rows, columns := m.Dims()
	column, all := make([]float64, rows), make([]float64, columns)
	for c := range all {
		all[c] = stat.StdDev(mat.Col(column, c, m), nil)
	}
	return all
}
