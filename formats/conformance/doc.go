// Package conformance has no code. Its tests run formattest over every format that
// there is, the imported ones too, and keep docs/formats.md true.
package conformance
