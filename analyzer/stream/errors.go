package stream

import "errors"

var (
	// ErrClosed is the error of a Send after Close.
	ErrClosed = errors.New("stream: closed")

	// ErrRefused is wrapped by the error of a Sink that will never take the element, such
	// as one whose name the server does not accept.
	ErrRefused = errors.New("refused")
)
