package diskcache

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/dataelab/dataelab-go/formats"
)

// readMember reads a member of at most limit bytes.
func readMember(f *zip.File, limit int64) ([]byte, error) {
	if f.UncompressedSize64 > uint64(limit) {
		return nil, fmt.Errorf("it has %d bytes, and %d is the most", f.UncompressedSize64, limit)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF { // where its checksum is compared
		return nil, cmp.Or(err, errors.New("it is longer than it says"))
	}
	return text, nil
}

// readRecord is the entry without its value. The error names the member.
func (m *member) readRecord() (*opened, error) {
	text, err := readMember(m.record, maxRecordSize)
	if err != nil {
		return nil, &ArchiveError{Member: m.record.Name, Err: err}
	}
	o := &opened{EntryInfo: infoOf(m.place.Tag, "", m.base, text), record: text}
	if o.State != EntrySound {
		return nil, &ArchiveError{Member: m.record.Name, Err: o.Err}
	}
	return o, nil
}

// open is the entry with its value, whose digest is still to be compared.
func (m *member) open() (*opened, error) {
	o := &opened{}
	if m.record == nil {
		o.EntryInfo = m.foreign()
	} else {
		var err error
		if o, err = m.readRecord(); err != nil {
			return nil, err
		}
	}
	raw, err := m.value.OpenRaw() // a member is stored as it is
	if err != nil {
		return nil, &ArchiveError{Member: m.value.Name, Err: err}
	}
	o.value, o.member = raw.(io.ReaderAt), m.value
	return o, nil
}

// foreign tells of a file of another program.
func (m *member) foreign() EntryInfo {
	e := EntryInfo{State: EntryForeign, Tag: m.place.Tag, File: path.Base(m.value.Name), Bytes: int64(m.value.UncompressedSize64)}
	base, format, ok := splitFile(valueExts(formats.Set{}), e.File)
	if !ok {
		base = e.File
	}
	e.Name, e.Key = splitBase(base)
	e.Format = format
	return e
}

// info is the entry without its value.
func (m *member) info() (EntryInfo, error) {
	if m.record == nil {
		return m.foreign(), nil
	}
	o, err := m.readRecord()
	if err != nil {
		return EntryInfo{}, err
	}
	return o.EntryInfo, nil
}
