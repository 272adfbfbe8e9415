package npy

import "testing"

// PretendOtherHost makes the package take this machine for one of the other
// byte order, until the test ends.
func PretendOtherHost(tb testing.TB) {
	hostBigEndian = !hostBigEndian
	tb.Cleanup(func() { hostBigEndian = !hostBigEndian })
}
