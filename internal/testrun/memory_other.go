//go:build !linux

package testrun

// parent returns where the folder of a run is made: the system's temporary folder.
func parent() string { return "" }
