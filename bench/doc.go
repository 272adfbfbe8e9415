// Command bench measures dataelab beside its rivals, in one run on one machine.
//
//	go -C bench run . [-size 128] [-rounds 9] [-python ../.venv/bin/python]
//
// Ours and the rival take turns, round by round, so that a machine whose speed
// drifts is unfair to neither. Printed are the medians and the ratio of the two;
// a ratio above 1 means that ours is faster. Without a Python that has numpy the
// comparisons with numpy are left out, and a line says so.
//
// It is a module of its own, so that no rival enters the go.mod of dataelab.
package main
