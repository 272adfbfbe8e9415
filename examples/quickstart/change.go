package main

import (
	"fmt"
	"slices"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// change is something that happens to one raw file. To do it twice changes nothing more.
type change struct {
	file string
	row  int
	set  func(array npy.Array[float32], row int)
	what string // for people
}

// changes are what -change offers.
var changes = map[string]change{
	"commands": {commandsName, 1000, func(a npy.Array[float32], row int) {
		a.Set(5000, row, 0)
	}, "the mirror is told 5000 nm of tip in frame 1000"},
	"slopes": {slopesName, 1000, func(a npy.Array[float32], row int) {
		a.Set(2, row, 0)
	}, "the first subaperture measures 2 arcsec in frame 1000"},
	"reconstructor": {reconstructorName, 53, func(a npy.Array[float32], row int) {
		for column := range a.Shape[1] {
			a.Set(0, row, column)
		}
	}, "the last mode is not reconstructed any more"},
}

// changeNames lists them for people.
const changeNames = "commands, reconstructor or slopes"

// apply changes the file of a tag. It returns false if that has been done before.
func (c change) apply(path string) (bool, error) {
	array, err := npy.Load[npy.Array[float32]](path)
	if err == nil && (len(array.Shape) != 2 || array.Shape[0] <= c.row || array.Shape[1] == 0) {
		err = fmt.Errorf("%s: it has shape %v, and row %d is to be changed", path, array.Shape, c.row)
	}
	if err != nil {
		return false, fmt.Errorf("change a raw file: %w: -restore puts it back as it was", err)
	}
	before := slices.Clone(array.Data)
	c.set(array, c.row)
	if slices.Equal(before, array.Data) {
		return false, nil
	}
	return true, npy.Save(path, array)
}
