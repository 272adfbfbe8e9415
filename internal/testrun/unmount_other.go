//go:build !linux

package testrun

func unmountBelow(string) {}
