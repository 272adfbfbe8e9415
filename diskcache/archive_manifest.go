package diskcache

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dataelab/dataelab-go/internal/filename"
)

// manifest is the first member of an archive.
type manifest struct {
	Layout  int             `json:"dataelab_archive"`
	Created time.Time       `json:"created"`
	Host    string          `json:"host"`
	Code    Code            `json:"code"`
	Places  []manifestPlace `json:"places"`
}

type manifestPlace struct {
	Folder  string   `json:"folder"`
	Tag     string   `json:"tag"`
	Foreign []string `json:"foreign,omitempty"` // values of other programs
}

// A manifest tells of places, and of files of other programs. It is bounded by the
// members of the archive, as what a short text tells of takes much memory. Some more may be
// told of than are there: empty places, and files that could not be read.
const (
	manifestSpare    = 10_000
	manifestItemSize = 1 << 10 // of a place, or the name of a file
)

// manifestBounds are the most items and bytes in a manifest.
func manifestBounds(members int) (items int, size int64) {
	items = members + manifestSpare
	return items, int64(items) * manifestItemSize
}

// encode returns the member.
func (m *manifest) encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // which makes one byte six
	enc.SetIndent("", " ")
	err := enc.Encode(m)
	return out.Bytes(), err
}

// manifestFits says why nobody would read an archive with a manifest of so many items and
// bytes.
func manifestFits(items int, size int64, members int) error {
	mostItems, mostSize := manifestBounds(members)
	switch {
	case items > mostItems:
		return fmt.Errorf("it tells of more than %d places and files of other programs, and the archive has %d members", mostItems, members)
	case size > mostSize:
		return fmt.Errorf("it has %d bytes, and in an archive of %d members %d is the most", size, members, mostSize)
	}
	return nil
}

// readManifest is rule 2.
func (c *archiveCheck) readManifest(files []*zip.File) error {
	if len(files) == 0 || files[0].Name != manifestName {
		return &ArchiveError{Err: fmt.Errorf("its first member is not %s: it is no archive of dataelab", manifestName)}
	}
	err := manifestFits(0, int64(files[0].UncompressedSize64), len(files)) // it lies in the file: rule 1
	var text []byte
	if err == nil {
		text, err = readMember(files[0], int64(files[0].UncompressedSize64))
	}
	if err == nil {
		err = c.decodeManifest(text, len(files))
	}
	if err != nil {
		return &ArchiveError{Member: manifestName, Err: err}
	}
	return nil
}

func (c *archiveCheck) decodeManifest(text []byte, members int) error {
	var layout struct {
		Layout int `json:"dataelab_archive"`
	}
	if err := json.Unmarshal(text, &layout); err != nil {
		return fmt.Errorf("it is not readable: %w", err)
	}
	switch {
	case layout.Layout > archiveLayout:
		return fmt.Errorf("the archive has layout %d, and this program knows %d: update this program", layout.Layout, archiveLayout)
	case layout.Layout < 1:
		return fmt.Errorf("the archive has layout %d", layout.Layout)
	}
	var list struct {
		Places json.RawMessage `json:"places"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("it is not readable: %w", err)
	}
	p := placesReader{archiveCheck: c, members: members, folded: map[string]bool{}, tags: map[string]bool{}}
	c.places, c.foreign = map[string]*manifestPlace{}, map[string]bool{}
	if err := eachElement(list.Places, p.add); err != nil {
		return err
	}
	for i := range c.manifest.Places { // which move no more
		place := &c.manifest.Places[i]
		c.places[place.Folder] = place
	}
	return nil
}

// eachElement decodes a list one by one: how many there are does not count before
// each was looked at.
func eachElement[T any](list json.RawMessage, visit func(T) error) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(list))
	if begin, err := dec.Token(); err != nil || begin != json.Delim('[') {
		return errors.Join(errors.New("it is not readable: a list was expected"), err)
	}
	for dec.More() {
		var element T
		if err := dec.Decode(&element); err != nil {
			return fmt.Errorf("it is not readable: %w", err)
		}
		if err := visit(element); err != nil {
			return err
		}
	}
	return nil
}

// placesReader takes the places of a manifest.
type placesReader struct {
	*archiveCheck
	members int
	items   int
	folded  map[string]bool // folders
	tags    map[string]bool
}

// placeText is a manifestPlace whose files are still to be decoded.
type placeText struct {
	Folder  string          `json:"folder"`
	Tag     string          `json:"tag"`
	Foreign json.RawMessage `json:"foreign"`
}

func (p *placesReader) add(place placeText) error {
	err := checkName("folder", place.Folder, maxDirectory)
	if err == nil && place.Tag != "" {
		err = checkName("tag", place.Tag, maxDirectory)
	}
	folded := filename.Fold(place.Folder)
	if err == nil && (p.folded[folded] || p.tags[place.Tag]) {
		err = fmt.Errorf("folder %q or tag %q is there twice", place.Folder, place.Tag)
	}
	if err == nil {
		err = p.count()
	}
	if err != nil {
		return err
	}
	p.folded[folded], p.tags[place.Tag] = true, true
	p.manifest.Places = append(p.manifest.Places, manifestPlace{Folder: place.Folder, Tag: place.Tag})
	return eachElement(place.Foreign, func(file string) error {
		if err := p.count(); err != nil {
			return err
		}
		if len(file) <= maxFile {
			p.foreign[place.Folder+"/"+file] = true
		}
		return nil
	})
}

func (p *placesReader) count() error {
	p.items++
	return manifestFits(p.items, 0, p.members)
}
