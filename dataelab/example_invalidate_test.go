package dataelab_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// Gain is how strong a mirror answers, by way of what the sensor measured.
type Gain struct {
	slopes *Slopes

	gain diskcache.DiskCacher[float64]
}

// Gain uses one subaperture.
func (g *Gain) Gain(ctx context.Context) (float64, error) {
	return g.gain.Execute(ctx, func(ctx context.Context) (float64, error) {
		rms, err := g.slopes.RMS(ctx, 0)
		return 1 / rms, err
	})
}

func ExampleInvalidate() {
	dir, remove := temporary()
	defer remove()
	ctx := context.Background()
	a := &struct{ Gain *Gain }{&Gain{slopes: newAnalyzer().Slopes}}
	if err := errors.Join(dataelab.SetTmpdir(a, dir), dataelab.SetTag(a, "LBTISX20240410_112233")); err != nil {
		log.Fatal(err)
	}
	if _, err := a.Gain.Gain(ctx); err != nil {
		log.Fatal(err)
	}

	// The values of one method are wrong. What would go, with all that was made of them?
	wrong := diskcache.Invalidation{Methods: []string{"rms_of_channel"}, Downstream: true, DryRun: true}
	report, err := dataelab.Invalidate(ctx, a, wrong)
	for _, e := range report.Entries {
		fmt.Println(e.Name, e.Arguments, e.Why)
	}
	fmt.Println(err)

	wrong.DryRun = false
	if _, err := dataelab.Invalidate(ctx, a, wrong); err != nil {
		log.Fatal(err)
	}
	stored := 0
	for range dataelab.Entries(ctx, a) {
		stored++
	}
	fmt.Println(stored, "entries are left")
	// Output:
	// root.Gain.Gain.gain [] made of root.Gain.slopes.Slopes.rms_of_channel(0)
	// root.Gain.slopes.Slopes.rms_of_channel [0] chosen
	// <nil>
	// 0 entries are left
}
