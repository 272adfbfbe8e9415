// Package rootfs is what a cache of local files asks of the system: os.Root and
// a few calls around it, as interfaces, so that tests can put faults beneath the
// cache. OS is the system itself. Its calls cost what those of package os cost:
// an *os.File is a File as it is.
package rootfs
