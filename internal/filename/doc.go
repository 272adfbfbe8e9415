// Package filename tells which names are one file on one system and another one, or none,
// on the next:
//
//	if fault := filename.Fault(name); fault != "" {
//		return fmt.Errorf("the name %q %s", name, fault)
//	}
//
// Fault is about names that are given now. What lies on a disk under a name that it
// refuses may be there from before, and is still to be listed and read.
//
// All functions are safe for concurrent use and hold no state.
package filename
