package dataelab

import (
	"iter"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Settings goes through all settings under root, with their names, such as
// root.modes.Modes.gain, nearest to root first. It yields nothing where SetTag would
// return an error.
func Settings(root any) iter.Seq2[string, diskcache.AnySetting] {
	return func(yield func(string, diskcache.AnySetting) bool) {
		_, settings, err := findAll(root)
		if err != nil {
			return
		}
		for _, f := range settings {
			if !yield(f.name, f.setting()) {
				return
			}
		}
	}
}

func settingsOf(all []found) []diskcache.AnySetting {
	settings := make([]diskcache.AnySetting, len(all))
	for i, f := range all {
		settings[i] = f.setting()
	}
	return settings
}
