// Package interop tests that what sinks send is read by the libraries of those it is for. It is a module of its
// own, so that these libraries do not enter the go.mod of users.
package interop
