package diskcache

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// ClearAll is ClearCache for many cachers. It lists each directory once, however
// many cachers there are.
func ClearAll(cachers []Cacher) error {
	byDir := map[string][]*cell{}
	for _, c := range cachers {
		old := c.state().cell.Load()
		if old == nil {
			continue
		}
		old.saving.Lock() // waits for a save under way
		old.cleared = true
		old.saving.Unlock()
		c.change(func(core *core) {
			if core.cell.Load() == old { // else a new tag came in between
				core.cell.Store(old.emptied())
			}
		})
		byDir[old.dir.path] = append(byDir[old.dir.path], old)
	}
	var failed []error
	for dir, cells := range byDir {
		if err := clearDir(cells); err != nil {
			failed = append(failed, &Error{Op: "clear cache", Tag: cells[0].tag, Path: dir, Err: err})
		}
	}
	return errors.Join(failed...)
}

// emptied returns the cell that takes c's place after its files are gone.
func (c *cell) emptied() *cell {
	return &cell{
		dir: c.dir, tag: c.tag, stem: c.stem, resultOf: c.resultOf, field: c.field,
		observer: c.observer, counters: c.counters,
	}
}

// clearDir removes the entries of cells of one directory. Values go before
// records: in between, a record without a value is a miss, while a value without
// a record would be a file of another program, and good.
func clearDir(cells []*cell) error {
	root, err := cells[0].dir.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	stems := map[string]bool{}
	exts := map[string]bool{}
	for _, c := range cells {
		stems[c.stem] = true
		for _, f := range c.all {
			exts["."+f.Ext()] = true
		}
	}
	return errors.Join(
		removeEntries(root, ".", stems, exts),
		removeEntries(root, privateDir, stems, map[string]bool{".json": true}),
	)
}

// removeEntries removes the files in a folder that are named after one of stems.
func removeEntries(root *os.Root, folder string, stems, exts map[string]bool) error {
	dir, err := root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	failed := []error{err, dir.Close()}
	for _, name := range names {
		for ext := range exts {
			base, ok := strings.CutSuffix(name, ext)
			if !ok || !stems[stemOf(base, stems)] {
				continue
			}
			if err := root.Remove(filepath.FromSlash(path.Join(folder, name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
			break
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
