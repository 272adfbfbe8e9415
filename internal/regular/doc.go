// Package regular opens files by name that have to be regular files.
//
//	f, info, err := regular.Open("slopes.npy")
//
// os.Open of a named pipe waits until somebody writes into it, and no context ends that;
// a device such as /dev/zero has no end. Here both are an error at once, which says what the file is.
package regular
