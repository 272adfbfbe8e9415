package diskcache

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/internal/inputs"
)

// A file that was touched, copied or restored has another state than records tell, and has
// to be read to see that its content is the same. Large ones are read once for all: what
// came out is kept beside the entries, with the state in which it was read. It is a list
// that may be lost at any time, so who writes last wins.
const (
	memoName    = privateDir + "/inputs"
	memoLayout  = 1
	memoWorth   = 1 << 20  // a smaller file is read in no time
	mostMemos   = 1000     // in the list; some others go
	maxMemoSize = 16 << 20 // bounds what is read
)

// memoFile is the content of the file, without its check.
type memoFile struct {
	Layout int             `json:"layout"`
	Files  map[string]memo `json:"files"` // by full path
}

type memo struct {
	Bytes    int64  `json:"bytes"`
	Modified int64  `json:"modified"`
	State    string `json:"state"`
	Digest   string `json:"digest"`
}

func memoOf(s inputs.State, sum string) memo {
	return memo{Bytes: s.Bytes, Modified: s.Modified, State: s.Text(), Digest: sum}
}

// digest is inputDigest with the list of a directory.
func (x *examiner) digest(dir *tagDir, path string, now inputs.State) (string, error) {
	if now.Bytes < memoWorth || !now.Settled || x.homeless {
		sum, _, err := inputDigest(x.ctx, path)
		return sum, err
	}
	if sum, known := digestKnown(path, now); known {
		return sum, nil
	}
	if m, ok := x.memos(dir)[path]; ok && m == memoOf(now, m.Digest) {
		rememberDigest(path, now, m.Digest)
		return m.Digest, nil
	}
	sum, read, err := inputDigest(x.ctx, path)
	if err == nil && read.Settled {
		x.keepMemo(dir, path, memoOf(read, sum))
	}
	return sum, err
}

// memos reads the list. What is damaged is as good as none.
func (x *examiner) memos(dir *tagDir) map[string]memo {
	s, err := x.open(dir)
	if err != nil {
		return nil
	}
	text, err := readSmall(x.ctx, s, memoName, maxMemoSize)
	if err != nil || len(text) > maxMemoSize {
		return nil
	}
	content, err := unsealed(text)
	if err != nil {
		return nil
	}
	var f memoFile
	if json.Unmarshal(append(slices.Clip(bytes.TrimSuffix(content, []byte(","))), '}'), &f) != nil || f.Layout != memoLayout {
		return nil
	}
	return f.Files
}

// keepMemo adds to the list. Where it cannot be written, as in a read-only directory, the
// file is read again by the next process.
func (x *examiner) keepMemo(dir *tagDir, path string, m memo) {
	s, err := x.open(dir)
	if err != nil {
		return
	}
	files := x.memos(dir)
	if files == nil {
		files = map[string]memo{}
	}
	files[path] = m
	maps.DeleteFunc(files, func(other string, _ memo) bool { return len(files) > mostMemos && other != path })
	text, err := json.MarshalIndent(memoFile{memoLayout, files}, "", " ")
	if err != nil {
		return
	}
	_ = putSmall(x.ctx, s, memoName, seal([]byte(strings.TrimSuffix(string(text), "\n}")+",")))
}
