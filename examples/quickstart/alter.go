package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dataelab/dataelab-go/diskcache"
)

// alter changes raw files of a tag, or puts them back, draws what is not valid any more,
// and analyzes the tag again.
func (s *session) alter(ctx context.Context, a *Analyzer, archive Archive, tag string) error {
	if s.options.restore {
		if some, err := s.restore(archive, tag); !some || err != nil {
			return err
		}
	} else if err := s.change(ctx, a, archive, tag); err != nil {
		return err
	}
	diskcache.Recheck() // else it looks at files that it has just seen when some seconds have passed
	a, err := s.bind(archive, tag)
	if err != nil {
		return err
	}
	picture, err := draw(ctx, a, "-changed")
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n\n", picture)
	return s.analyze(ctx, a, tag)
}

// change changes one file, after the tag has been analyzed as it was.
func (s *session) change(ctx context.Context, a *Analyzer, archive Archive, tag string) error {
	var first bytes.Buffer
	out, total := s.out, s.total
	s.out, s.total = &first, totals{}
	err := s.analyze(ctx, a, tag)
	if err != nil || s.total.computed > 0 {
		_, _ = first.WriteTo(out) // as all writing to out
	}
	s.out, s.total = out, total
	if err != nil {
		return err
	}
	c := changes[s.options.change]
	path := archive.Path(tag, c.file)
	now, err := c.apply(path)
	if err != nil {
		return err
	}
	when := "changed"
	if !now {
		when = "changed before"
	}
	fmt.Fprintf(s.out, "%s: %s\n  %s; -restore puts it back\n", when, path, c.what)
	return nil
}

// restore puts files back, and tells whether there was any to put back.
func (s *session) restore(archive Archive, tag string) (some bool, err error) {
	restored, err := archive.Restore(tag)
	for _, path := range restored {
		fmt.Fprintf(s.out, "put back: %s\n", path)
	}
	if len(restored) == 0 && err == nil {
		fmt.Fprintf(s.out, "unchanged: the raw files of %s\n", tag)
	}
	return len(restored) > 0, err
}
