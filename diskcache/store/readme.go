package store

import (
	"os"
	"path/filepath"
)

// ReadmeName is the file that tells people what a folder Private is.
const ReadmeName = "README.txt"

const readmeText = `This folder belongs to the results in the directory above, which a program stored with
dataelab (https://github.com/dataelab/dataelab-go). It has one record for each result: what
it is, what it was made of, and a checksum.

You may delete any of the results, or the whole directory above, at any time: what is gone
is computed again. Do not delete this folder alone. Results without their records count as
files that another program put there: they are used as they are, without a check, also
when the data that they were made of have changed.
`

// writeReadme is for a folder that was just made. Nothing depends on the file, so it is not
// flushed, and may be missing.
func (s *dirSession) writeReadme(folder string) {
	f, err := s.root.OpenFile(filepath.Join(folder, ReadmeName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, s.opts.fileMode())
	if err != nil {
		return
	}
	if s.opts.Shared {
		_ = f.Chmod(s.opts.fileMode())
	}
	_, _ = f.Write([]byte(readmeText))
	_ = f.Close()
}
