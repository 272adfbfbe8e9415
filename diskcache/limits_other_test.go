//go:build !unix

package diskcache_test

import "io/fs"

func allocatedBy(info fs.FileInfo) int64 { return info.Size() }
