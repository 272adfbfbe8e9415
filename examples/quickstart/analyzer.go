package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Analyzer answers questions about one snapshot. Its members hold the methods;
// dataelab.SetTag finds them all, whether fields are exported or not.
type Analyzer struct {
	Base // its cached methods are the Analyzer's own: root.Base.origin

	wfs    *Slopes     // root.wfs.Slopes.…
	dm     *Commands   // root.dm.Commands.…
	modes  *Modes      // root.modes.Modes.…
	sky    *Atmosphere // root.sky.Atmosphere.…
	camera *Camera     // root.camera.Camera.…
}

// NewAnalyzer reads nothing and computes nothing. Members share each other; each
// is found once, by its shortest path.
func NewAnalyzer(s *Snapshot) *Analyzer {
	a := &Analyzer{Base: Base{snapshot: s}}
	a.wfs = &Slopes{snapshot: s}
	a.dm = &Commands{snapshot: s}
	a.modes = &Modes{snapshot: s, wfs: a.wfs}
	a.sky = &Atmosphere{snapshot: s, modes: a.modes}
	a.camera = &Camera{snapshot: s, modes: a.modes, sky: a.sky}
	return a
}

// Base is what any analyzer of snapshots would embed.
type Base struct {
	snapshot *Snapshot
	origin   diskcache.DiskCacher[Origin] // a struct: .gob
}

// Origin is what the results of a tag were made of.
type Origin struct {
	Metadata Metadata
	Altered  []string // the arrays that are not as they were published, by their SHA-256
}

// Origin returns what the raw files say of themselves.
func (b *Base) Origin(ctx context.Context) (Origin, error) {
	return b.origin.Execute(ctx, b.computeOrigin)
}

func (b *Base) computeOrigin(ctx context.Context) (Origin, error) {
	metadata, err := b.snapshot.Metadata(ctx)
	if err != nil {
		return Origin{}, err
	}
	o := Origin{Metadata: metadata}
	for _, name := range []string{slopesName, commandsName, reconstructorName} {
		content, err := b.snapshot.read(ctx, name)
		if err != nil {
			return Origin{}, err
		}
		digest := sha256.Sum256(content)
		if published := metadata.Files[name].SHA256; published != "" && published != hex.EncodeToString(digest[:]) {
			o.Altered = append(o.Altered, name)
		}
	}
	return o, nil
}

// A Step is one result of an analysis.
type Step struct {
	Name string
	Work int // how long computing it takes, compared with others
	Call func(context.Context) error
}

// Steps are all results in an order in which each finds what it builds on. Any
// other order gives the same values: a method calls what it needs.
func (a *Analyzer) Steps() []Step {
	return []Step{
		{"Origin()", 1, step(a.Origin)},
		{"wfs.Mean()", 1, step(a.wfs.Mean)},
		{"wfs.Covariance()", 5, step(a.wfs.Covariance)},
		{"wfs.Lagged(20)", 50, with(a.wfs.Lagged, 20)},
		{"dm.RMS()", 1, step(a.dm.RMS)},
		{"modes.Residual()", 2, step(a.modes.Residual)},
		{"modes.RMS()", 1, step(a.modes.RMS)},
		{"modes.OpenLoop()", 1, step(a.modes.OpenLoop)},
		{"modes.Power(256)", 1, with(a.modes.Power, 256)},
		{"modes.Power(1024)", 1, with(a.modes.Power, vibrationSegment)},
		{"modes.Vibration()", 1, step(a.modes.Vibration)},
		{"sky.Seeing(25 m)", 1, with(a.sky.Seeing, usualOuterScale)},
		{"camera.PSF(3.7 µm)", 100, with(a.camera.PSF, lBand)},
		{"camera.Strehl(3.7 µm)", 1, with(a.camera.Strehl, lBand)},
	}
}

// step drops the value: the program shows where it came from.
func step[T any](method func(context.Context) (T, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx)
		return err
	}
}

func with[A, T any](method func(context.Context, A) (T, error), arg A) func(context.Context) error {
	return step(func(ctx context.Context) (T, error) { return method(ctx, arg) })
}

// Summary is what the night was like, in one line.
func (a *Analyzer) Summary(ctx context.Context) (string, error) {
	seeing, err := a.sky.Seeing(ctx, usualOuterScale)
	if err != nil {
		return "", err
	}
	line, err := a.modes.Vibration(ctx)
	if err != nil {
		return "", err
	}
	strehl, err := a.camera.Strehl(ctx, lBand)
	if err != nil {
		return "", err
	}
	shaking := "no vibration"
	if line != (Line{}) {
		shaking = fmt.Sprintf("vibration of %.0f nm at %.1f Hz", line.RMS, line.Frequency)
	}
	return fmt.Sprintf("seeing %.2f arcsec, %s, Strehl ratio %.2f at 3.7 µm", seeing.Seeing, shaking, strehl.Total), nil
}
