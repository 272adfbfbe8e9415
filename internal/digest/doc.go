// Package digest hashes files while they are written and read, so that checking
// them costs no second pass over the data.
//
// A digest is text: "xxh3-128:" and 32 hexadecimal digits. XXH3 finds accidents,
// a flipped bit or a torn write, at the speed of memory; it is no protection
// against someone who wants two files to have one digest.
//
// A Writer or Reader is for one goroutine. It uses a second one inside a long
// call, which is gone when the call returns.
package digest
