package stream

import "context"

// A Sink takes the elements that streams emit, and writes them somewhere.
//
// A [Coordinator] calls Write from one goroutine at a time, with one element or many, in the
// order in which the streams emitted them. Write returns how many of them it has taken, from
// the first on; with less than all there is an error, and the Coordinator tries the rest
// again. An error that wraps [ErrRefused] says that the next element will never be taken:
// the Coordinator drops that one and goes on with those behind it. The slice belongs to the Coordinator: a sink
// that keeps elements copies them. When ctx ends, Write returns.
type Sink interface {
	Write(ctx context.Context, elements []Element) (n int, err error)
}

// A Closer is a [Sink] that has something to do when the last element was written, such
// as to finish a file. A Coordinator calls Close once, after the last Write.
type Closer interface {
	Close(ctx context.Context) error
}
