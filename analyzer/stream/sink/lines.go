package sink

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// lines writes a line for each element.
type lines struct {
	w    io.Writer
	line func([]byte, stream.Element) ([]byte, error) // appends it, without its end
	file *os.File                                     // to close, if any

	buffer []byte
	ends   []int  // of lines, in buffer
	rest   []byte // of a line of which w took a part
}

// Write writes one line after another. When w takes a part of a line, that element is taken, and the next Write begins with the
// rest of it.
func (s *lines) Write(ctx context.Context, elements []stream.Element) (int, error) {
	if err := s.writeRest(); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.buffer, s.ends = s.buffer[:0], s.ends[:0]
	var refused error
	for _, e := range elements {
		err := checkText(e)
		b := s.buffer
		if err == nil {
			b, err = s.line(s.buffer, e)
		}
		if err != nil {
			refused = fmt.Errorf("sink: element %v: %w: %w", e, stream.ErrRefused, err)
			break
		}
		b = append(b, '\n')
		s.buffer = b
		s.ends = append(s.ends, len(s.buffer))
	}
	n, err := s.w.Write(s.buffer)
	taken := len(s.ends)
	if err != nil {
		n = max(0, min(n, len(s.buffer)))
		taken = 0
		for taken < len(s.ends) && s.ends[taken] <= n {
			taken++
		}
		if taken < len(s.ends) && (n > 0 && taken == 0 || taken > 0 && s.ends[taken-1] < n) {
			s.rest = append(s.rest, s.buffer[n:s.ends[taken]]...)
			taken++
		}
		return taken, err
	}
	return taken, refused
}

func (s *lines) writeRest() error {
	if len(s.rest) == 0 {
		return nil
	}
	n, err := s.w.Write(s.rest)
	s.rest = s.rest[:copy(s.rest, s.rest[max(0, min(n, len(s.rest))):])]
	return err
}

// checkText refuses names and labels that are not text, which no reader of the lines would take.
func checkText(e stream.Element) error {
	if !utf8.ValidString(e.Name) {
		return errors.New("its name is not UTF-8")
	}
	for name, value := range e.Labels {
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return fmt.Errorf("label %q, %q is not UTF-8", name, value)
		}
	}
	return nil
}

// Close writes what is left of a line. A file is flushed to the disk and closed.
func (s *lines) Close(context.Context) error {
	err := s.writeRest()
	if s.file == nil {
		return err
	}
	return errors.Join(err, s.file.Sync(), s.file.Close())
}

// openLines opens a file to append lines. A line without end, which a program left that died
// while it wrote, is removed. head is written into a file that is empty.
func openLines(path, head string, quotes bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = prepareLines(f, head, quotes)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func prepareLines(f *os.File, head string, quotes bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.Name())
	}
	end, err := lastRowEnd(f, quotes)
	if err != nil {
		return err
	}
	if end < info.Size() {
		if err := f.Truncate(end); err != nil {
			return err
		}
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if end > 0 {
		return checkHead(f, head)
	}
	_, err = f.WriteString(head)
	return err
}

// lastRowEnd returns where the last row ends that is complete. With quotes, as in CSV, a line end between
// two of them is part of a field.
func lastRowEnd(f *os.File, quotes bool) (end int64, err error) {
	quoted, at := false, int64(0)
	r := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := r.ReadSlice('\n')
		at += int64(len(line))
		if quotes && bytes.Count(line, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		switch {
		case err == nil && !quoted:
			end = at
		case err == io.EOF:
			return end, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return 0, err
		}
	}
}

// checkHead makes sure that lines are not appended to a file with other columns.
func checkHead(f *os.File, head string) error {
	there := make([]byte, len(head))
	if n, err := f.ReadAt(there, 0); err != nil && err != io.EOF || string(there[:n]) != head {
		return fmt.Errorf("%s begins otherwise than with %q: it has other columns; choose another file", f.Name(), head)
	}
	return nil
}
