// Command bench measures dataelab beside its rivals, in one run on one machine.
//
//	make rivals                            # installs the rivals in Python and measures all
//	go -C bench run . -only caches         # some of it; -h lists groups and options
//
// Ours and the rival take turns, round by round, so that a machine whose speed
// drifts is unfair to neither. Printed are the medians and the ratio of the two;
// a ratio above 1 means that ours is faster. What the Pythons found lack is left out, and
// a line below the table, which begins with NOT COMPARED, says so.
//
// It is a module of its own, so that no rival enters the go.mod of dataelab.
package main
