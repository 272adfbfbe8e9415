// Package gobs keeps any Go value that is not an array.
package gobs
