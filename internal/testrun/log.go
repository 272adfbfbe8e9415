package testrun

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// shortenLog drops from the log of files what lies in dir, and what stands there
// before. A name can be relative to the folder that the last chdir names, so the latter counts from there.
//
//	# test log
//	getenv TMPDIR
//	open testdata/plain.npy
//	stat /tmp/dataelab-test-17/TestPlain/001/cachenight
//	chdir /tmp/dataelab-test-17/TestPlain/001
func shortenLog(name, dir string) error {
	if name == "" {
		return nil
	}
	long, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) { // -test.list runs nothing, and writes no log
		return nil
	}
	if err != nil {
		return err
	}
	short, err := os.Create(name + ".short")
	if err != nil {
		return errors.Join(err, long.Close())
	}
	w := bufio.NewWriter(short)
	seen := map[string]bool{}
	lines := bufio.NewScanner(long)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		op, file, _ := strings.Cut(line, " ")
		switch {
		case op == "chdir":
			clear(seen)
		case seen[line], op != "getenv" && (file == dir || strings.HasPrefix(file, dir+string(os.PathSeparator))):
			continue
		default:
			seen[line] = true
		}
		_, _ = w.WriteString(line + "\n") // Flush returns the error
	}
	err = errors.Join(lines.Err(), w.Flush(), short.Close(), long.Close())
	if err != nil {
		return errors.Join(err, os.Remove(short.Name()))
	}
	return os.Rename(short.Name(), name)
}
