//go:build !unix

package store

import "io/fs"

const canSyncDir = false

// noFollow is nothing: making links takes special rights there.
const noFollow = 0

// ownedByMe trusts the system: temporary directories are private per user there.
func ownedByMe(fs.FileInfo) (owner string, mine bool) { return "", true }

// groupOf is for systems whose directories are shared by groups.
func groupOf(fs.FileInfo) (group string, member bool) { return "", true }

// fileID is empty: what tells files apart cannot be got at portably there, so
// versions rest on time and size.
func fileID(fs.FileInfo) string { return "" }
