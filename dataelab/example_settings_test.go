package dataelab_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// modes has a setting beside the cache of a method that uses it.
type modes struct {
	gain  diskcache.Setting[float64]
	power diskcache.DiskCacher[[]float64]
}

func (m *modes) Power(ctx context.Context) ([]float64, error) {
	return m.power.Execute(ctx, m.computePower)
}

func (m *modes) computePower(ctx context.Context) ([]float64, error) {
	gain := m.gain.Use(ctx)
	fmt.Println("computing with a gain of", gain)
	return []float64{3 * gain, 4 * gain}, nil
}

// A stored result is good while the settings are that it was computed with.
func ExampleSettings() {
	dir, remove := temporary()
	defer remove()
	a := &struct{ modes modes }{}
	a.modes.gain.Set(0.5)
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "LBTISX20240410_112233"); err != nil {
		log.Fatal(err)
	}
	for name, s := range dataelab.Settings(a) {
		fmt.Println(name, "=", s.Text())
	}
	ctx := context.Background()
	for _, gain := range []float64{0.5, 0.5, 2} {
		a.modes.gain.Set(gain)
		power, err := a.modes.Power(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(power)
	}
	// Output:
	// root.modes.modes.gain = 0.5
	// computing with a gain of 0.5
	// [1.5 2]
	// [1.5 2]
	// computing with a gain of 2
	// [6 8]
}
