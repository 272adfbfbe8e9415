// Package procname makes file names that tell which process made the file, on any
// number of hosts, and says of a name whether that process is gone:
//
//	<host>-<process>-<16 hexadecimal digits><extension>
package procname
