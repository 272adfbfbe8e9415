package stream

import "errors"

var (
	// ErrClosed is the error of a Send after Close.
	ErrClosed = errors.New("stream: closed")

	// ErrNaN is wrapped by the error for a value that is not a number, under NaNRefuse.
	ErrNaN = errors.New("the value is not a number")

	// ErrRefused is wrapped by the error of a Sink that will never take the element, such
	// as one whose name the server does not accept.
	ErrRefused = errors.New("refused")
)
