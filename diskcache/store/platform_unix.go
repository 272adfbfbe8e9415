//go:build unix

package store

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

const canSyncDir = true

// noFollow makes the opening of a link an error.
const noFollow = syscall.O_NOFOLLOW

// ownedByMe reports whether this process's user owns a file, and who does.
func ownedByMe(info fs.FileInfo) (owner string, mine bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) == os.Geteuid() {
		return "", true
	}
	uid := strconv.Itoa(int(stat.Uid))
	if u, err := user.LookupId(uid); err == nil {
		return u.Username, false
	}
	return uid, false
}

// groupOf returns the group of a file, and whether this process is in it.
func groupOf(info fs.FileInfo) (group string, member bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", true
	}
	gid := int(stat.Gid)
	groups, err := os.Getgroups()
	if member = gid == os.Getegid() || err != nil || slices.Contains(groups, gid); member {
		return "", true
	}
	group = strconv.Itoa(gid)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	return group, false
}

// fileID tells files apart that exist at one time.
func fileID(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%x-%x-", stat.Dev, stat.Ino)
}
