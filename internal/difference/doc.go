// Package difference says where two Go values differ.
//
//	err := difference.Between(reflect.ValueOf(want), reflect.ValueOf(got), nil)
//
// Numbers are compared by their bits, NaN and -0 too; nil and empty differ; pointers
// are followed; the order of a map does not count. [Stored] is for a value and what
// came back from its file.
package difference
