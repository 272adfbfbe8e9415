package diskcache

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/dataelab/dataelab-go/internal/regular"
)

// An archive is a zip file, in this order:
//
//	dataelab.json                     the manifest
//	<folder>/<file>                   the value of an entry
//	<folder>/.dataelab/<base>.json    its record, and so on with the next entry
//
// A folder has the name of the place's directory, so that an archive that is unpacked
// in a tmpdir gives a place as it was. All members are stored as they are, not
// compressed: numpy.load and others read them without unpacking, and a small archive
// cannot grow into a large one. The record's check and the digest in it are what
// tells damage; a value without a record is one of another program, and the
// manifest lists it as such.
const (
	manifestName  = "dataelab.json"
	archiveLayout = 1
)

// Archive is an archive that [Export] wrote, open to be read. [OpenArchive] and
// [ReadArchive] return one after a first look at all of it but the values. Its methods
// must not be called after Close; of those that read, some may run at once.
type Archive struct {
	file     io.Closer // nil for ReadArchive
	manifest manifest
	members  []member // sorted by folder
}

// member is an entry of an archive: two members of the zip file.
type member struct {
	place  *manifestPlace
	base   string    // empty for a file of another program
	record *zip.File // nil for such a file
	value  *zip.File
}

// ArchiveError says what is wrong with an archive.
type ArchiveError struct {
	Path   string // of the archive, where that is known
	Member string // of the archive; empty where all of it is concerned
	Err    error
}

func (e *ArchiveError) Error() string {
	text := "diskcache: archive"
	if e.Path != "" {
		text += " " + e.Path
	}
	if e.Member != "" {
		text += fmt.Sprintf(": member %.300q", e.Member)
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns the cause.
func (e *ArchiveError) Unwrap() error { return e.Err }

// OpenArchive opens the archive at path. It reads directory, manifest and records, and
// checks all there is but the values, see [Archive.Check]. What is wrong is an
// *[ArchiveError].
func OpenArchive(path string) (*Archive, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, &ArchiveError{Path: path, Err: err}
	}
	a, err := ReadArchive(f, info.Size())
	if err != nil {
		_ = f.Close()
		return nil, withPath(err, path)
	}
	a.file = f
	return a, nil
}

func withPath(err error, path string) error {
	if e, ok := err.(*ArchiveError); ok {
		return &ArchiveError{Path: path, Member: e.Member, Err: e.Err}
	}
	return &ArchiveError{Path: path, Err: err}
}

// ReadArchive is [OpenArchive] for an archive of some size in r, which must stay as it
// is while the Archive is in use.
func ReadArchive(r io.ReaderAt, size int64) (*Archive, error) {
	c := archiveCheck{size: size}
	if err := c.run(r); err != nil {
		return nil, err
	}
	return &Archive{manifest: c.manifest, members: c.members}, nil
}

// Close closes the file that OpenArchive opened.
func (a *Archive) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// Tags returns the tags of which the archive holds entries, or may hold some. That of a
// [Cache] is empty.
func (a *Archive) Tags() []string {
	var tags []string
	for _, p := range a.manifest.Places {
		tags = append(tags, p.Tag)
	}
	return tags
}

// Entries goes through the entries, tag by tag. Nothing is imported. The texts come
// from a file that anybody may have written: show them with %q.
func (a *Archive) Entries(ctx context.Context) iter.Seq2[EntryInfo, error] {
	return func(yield func(EntryInfo, error) bool) {
		for i := range a.members {
			err := ctx.Err()
			var o *opened
			if err == nil {
				o, err = a.members[i].open()
			}
			if err != nil {
				yield(EntryInfo{}, err)
				return
			}
			if !yield(o.EntryInfo, nil) {
				return
			}
		}
	}
}
