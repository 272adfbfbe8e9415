//go:build !linux

package main

// settle does nothing: there is no portable call for it.
func settle() {}
