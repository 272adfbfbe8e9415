package diskcache

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ClearAll is ClearCache for many cachers. It lists each directory once, however
// many cachers there are.
//
//  1. The cells store nothing any more; a save under way is waited for.
//  2. The files go.
//  3. The cachers get empty cells. Not earlier, or what these store meanwhile
//     could lose its record to step 2, and a value alone is a foreign file.
func ClearAll(cachers []Cacher) error {
	cells := make([]*cell, len(cachers))
	byDir := map[string][]*cell{}
	for i, c := range cachers { // 1
		same := c.state().cells()
		if len(same) == 0 {
			continue
		}
		for _, cell := range same {
			cell.saving.Lock()
			cell.cleared = true
			cell.saving.Unlock()
		}
		old := same[0]
		cells[i] = old
		byDir[old.dir.path] = append(byDir[old.dir.path], old)
	}
	var failed []error
	for dir, cells := range byDir { // 2
		if err := clearDir(cells); err != nil {
			failed = append(failed, &Error{Op: "clear cache", Tag: cells[0].tag, Path: dir, Err: err})
		}
	}
	for i, c := range cachers { // 3
		if old := cells[i]; old != nil {
			c.change(func(core *core) {
				if core.cell.Load() == old { // else a new tag came in between
					core.install(old.emptied())
				}
			})
		}
	}
	return errors.Join(failed...)
}

// emptied returns the cell that takes c's place after its files are gone.
func (c *cell) emptied() *cell {
	next := c.successor()
	next.counters.Store(c.count()) // it is the same tag
	return next
}

// clearDir removes the entries of cells of one directory.
func clearDir(cells []*cell) error {
	root, err := cells[0].dir.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	release := cells[0].dir.lockPublishing(true)
	defer release()
	stems := map[string]bool{}
	exts := map[string]bool{}
	for _, c := range cells {
		stems[c.stem] = true
		for _, ext := range c.exts {
			exts["."+ext] = true
		}
	}
	bases := map[string]bool{} // names of the entries' files without extension
	failed := []error{
		findEntries(bases, root, ".", stems, exts),
		findEntries(bases, root, privateDir, stems, map[string]bool{".json": true}),
	}
	for base := range bases {
		failed = append(failed, removeEntry(root, base, exts))
	}
	return errors.Join(failed...)
}

// findEntries adds the bases of the files in a folder that are named after one
// of stems.
func findEntries(bases map[string]bool, root *os.Root, folder string, stems, exts map[string]bool) error {
	names, err := namesIn(root, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, name := range names {
		for ext := range exts {
			if base, ok := strings.CutSuffix(name, ext); ok && stems[stemOf(base, stems)] {
				bases[base] = true
			}
		}
	}
	return err
}

// removeEntry removes the value, the record, and once more the value. In between,
// a record without a value is a miss, while a value without a record would be a
// file of another program, and good: such would stay if another process, which
// is not kept from saving, put its value there after the first step.
func removeEntry(root *os.Root, base string, exts map[string]bool) error {
	var values []string
	for ext := range exts {
		values = append(values, base+ext)
	}
	var failed []error
	for _, name := range slices.Concat(values, []string{recordName(base)}, values) {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// stemOf takes the key of the arguments off the base of a file name.
func stemOf(base string, stems map[string]bool) string {
	if cut := len(base) - keyTextLen - 1; !stems[base] && cut > 0 && base[cut] == '-' && isKeyText(base[cut+1:]) {
		return base[:cut]
	}
	return base
}
