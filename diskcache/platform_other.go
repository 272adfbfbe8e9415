//go:build !unix

package diskcache

import "io/fs"

const canSyncDir = false

// noFollow is nothing: making links takes special rights there.
const noFollow = 0

// ownedByMe trusts the system: temporary directories are private per user there.
func ownedByMe(fs.FileInfo) (owner string, mine bool) { return "", true }
