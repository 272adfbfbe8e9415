// Package memfault turns reads of memory that is not there into errors. If a mapped file is
// cut short, or its disk fails, a read behind its new end is a memory fault, which by
// default ends the program.
//
// It is for code that reads the whole of a value on a goroutine that it controls. It
// covers one goroutine: each goroutine that the code starts needs it, too.
package memfault
