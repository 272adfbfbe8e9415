package diskcache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unique"
)

// Of an input file, that one counts which the computation would read now. Records say where
// it was:
//
//  1. One that was named by a relative path is where this path leads now.
//  2. A record that lies in another directory than it was written in may have been moved or
//     copied together with its input files. One that lay below a folder which held the
//     record, too, is looked for at the corresponding place: as many folders above the
//     directory as it was. That counts if there is a file, or if there is the folder that
//     should hold it, as that came along.
//  3. Else it is where it was.
//  4. Where that folder is gone, and for records from before they said where they were
//     written, a file counts that lies under the end of the former path in a folder which
//     holds the directory.
//
// By rule 2 there may be two files. Both have to be what was used: which one the computation
// would read is not known.

// move says in which directory a record was written, and in which one it lies. The first is
// empty where the record does not say so.
type move struct{ from, to string }

// relocate says of a use in a record that was moved where that is now.
func (m move) relocate(u *use) {
	switch {
	case !filepath.IsAbs(m.to) || u.kind() == UsedFile && u.Named != "":
	case u.kind() == UsedFile:
		u.moved = unique.Make(m)
	case u.In != "":
		if now := m.counterpart(u.In, func(place, _ string) bool { return isFolder(place) }); now != "" {
			u.In = now
		}
	}
}

// counterpart returns the place that corresponds to a path, if that came along, or nothing. One
// of the two may be named by way of a link.
func (m move) counterpart(path string, cameAlong func(place, folder string) bool) string {
	if !filepath.IsAbs(m.from) || !filepath.IsAbs(m.to) {
		return ""
	}
	if now, folder := m.plainCounterpart(path); now != "" && now != path && cameAlong(now, folder) {
		return now
	}
	if filepath.Dir(m.from) == filepath.Dir(m.to) { // only the directory has another name, as in a copy of a tag
		return ""
	}
	target := move{resolved(m.from), resolved(m.to)}
	if now, folder := target.plainCounterpart(resolved(path)); now != "" && now != path && cameAlong(now, folder) {
		return now
	}
	return ""
}

// plainCounterpart returns the place that corresponds to a path, and the folder there that
// corresponds to the one that held both, or nothing.
func (m move) plainCounterpart(path string) (now, folder string) {
	common := m.from
	folder = m.to
	for !isBelow(path, common) {
		up := filepath.Dir(common)
		if up == common || folder == filepath.Dir(folder) {
			return "", ""
		}
		common, folder = up, filepath.Dir(folder)
	}
	if common == filepath.Dir(common) { // the root holds everything
		return "", ""
	}
	return filepath.Join(folder, path[len(common):]), folder
}

// resolved returns a path without links, as far as it leads to something.
func resolved(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// isBelow reports whether a full path names a folder, or something in it.
func isBelow(path, folder string) bool { return path == folder || isIn(path, folder) }

// search is rule 4. The longest end counts.
func (m move) search(path string) string {
	end := strings.TrimPrefix(path[len(filepath.VolumeName(path)):], string(filepath.Separator))
	for more := true; more; _, end, more = strings.Cut(end, string(filepath.Separator)) {
		for folder := m.to; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
			if there := filepath.Join(folder, end); isThere(there) {
				return there
			}
		}
	}
	return ""
}

// isMoved reports whether rule 2 may be meant.
func (u *use) isMoved() bool {
	return u.moved != (unique.Handle[move]{}) && u.moved.Value().from != ""
}

// present returns the full path of the file that counts.
func (u *use) present() string {
	if u.Named != "" { // 1
		return fullOf(u.Named)
	}
	if u.moved == (unique.Handle[move]{}) {
		return u.File
	}
	m := u.moved.Value()
	now := m.counterpart(u.File, func(place, folder string) bool {
		return isThere(place) || place != folder && filepath.Dir(place) != folder && isFolder(filepath.Dir(place))
	})
	if now != "" { // 2
		return now
	}
	if isThere(u.File) || isFolder(filepath.Dir(u.File)) { // 3
		return u.File
	}
	if now := m.search(u.File); now != "" { // 4
		return now
	}
	return u.File
}

// locate sets a use to the present place, for a record that is about to be written. A
// relative path is of no use to others where the computation had changed the working directory.
func (u *use) locate() {
	switch {
	case u.kind() != UsedFile:
	case u.Named != "" && u.Inherited:
		u.File = u.present()
	case u.Named != "" && u.present() != u.File:
		u.Named = ""
	default:
		u.File = u.present()
		u.moved = unique.Handle[move]{}
	}
}

// isMissed reports whether a file that is not there is a change: where the folder is gone,
// too, the data are not on this machine.
func (u *use) isMissed() bool {
	return isFolder(filepath.Dir(u.present())) || isFolder(filepath.Dir(u.File))
}

// relative returns the path that a file was named by, or nothing for a full one.
func relative(named string) string {
	if filepath.IsAbs(named) {
		return ""
	}
	return named
}

// fullOf is filepath.Abs. Where that fails there is no working directory.
func fullOf(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// pathIn is pathOf of what a record has.
func pathIn(text string) string {
	path, err := pathOf(text)
	if err != nil {
		return ""
	}
	return path
}

// isThere reports whether something is at a path, as far as that can be known.
func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
