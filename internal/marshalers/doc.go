// Package marshalers tells whether a type's own binary or text form can be
// trusted with the whole value.
//
// Having the methods is not enough. Go promotes the methods of an embedded field,
// so that
//
//	type Sample struct {
//		time.Time
//		Gain float64
//	}
//
// has MarshalBinary and GobEncode, which write the time and drop Gain without a
// word. [Of] tells such methods from those that a type declares itself:
//
//	if marshalers.Of(t, marshalers.Binary).Pair() {
//		// MarshalBinary and UnmarshalBinary are t's own
//	}
//
// All functions are safe for concurrent use and hold no state.
package marshalers
