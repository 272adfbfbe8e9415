// Package procname makes file names that tell which process made the file, on any
// number of hosts, and says of a name whether that process is gone:
//
//	<host>-<process>-<16 hexadecimal digits><extension>
//
// The first 8 digits are drawn at random by the process when it begins, the others count
// its names.
package procname
