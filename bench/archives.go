package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dataelab/dataelab-go/formats/npz"
)

// members is how many arrays an archive holds.
const members = 10

// archives measures one .npz file of ten arrays beside np.savez and np.load.
func archives(t *table, numpy *python, p *plan) error {
	rounds, dir := p.rounds, p.dir
	n := p.size << 20 / 8 / members
	value := map[string][]float64{}
	for k := range members {
		array := make([]float64, n)
		for i := range array {
			array[i] = float64(i)
		}
		value[fmt.Sprint("array", k)] = array
	}
	if _, err := numpy.do("make", strconv.Itoa(n)); err != nil {
		return err
	}
	bytes := int64(members) * int64(n) * 8
	ours, theirs := filepath.Join(dir, "ours.npz"), filepath.Join(dir, "theirs.npz")
	if err := t.play(contest{what: "save .npz of ten arrays", ours: "npz.Encode", rival: "np.savez", target: "at least 2", bytes: bytes}, rounds,
		fresh(ours, func() error { return saveArchive(ours, value) }),
		renewed(theirs, func() (time.Duration, error) { return numpy.do("save-npz", theirs) })); err != nil {
		return err
	}
	value = nil
	return t.play(contest{what: "load .npz of ten arrays", ours: "npz.Load", rival: "np.load, all arrays", target: "at least 2", bytes: bytes}, rounds,
		timed(func() error {
			got, err := npz.Load[map[string][]float64](ours)
			if last := got[fmt.Sprint("array", members-1)]; err == nil && (len(last) != n || last[n-1] != float64(n-1)) {
				err = errors.New("the wrong value was loaded")
			}
			return err
		}),
		func() (time.Duration, error) { return numpy.do("load-npz", theirs) })
}

// saveArchive does not flush the file to the disk, as numpy does not.
func saveArchive(path string, value map[string][]float64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = npz.Encode(f, value)
	return errors.Join(err, f.Close())
}
