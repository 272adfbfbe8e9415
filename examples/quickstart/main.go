package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// Exit codes; a shell has 130 for a program that Ctrl-C ended.
const (
	exitOK          = 0
	exitFailed      = 1
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for anything
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program, for tests to call.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage())
		return exitOK
	}
	if err == nil {
		if o.quiet {
			stdout = io.Discard
		}
		err = start(ctx, o, stdout, stderr)
	}
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "quickstart: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	return exitFailed
}

func start(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	archive, err := o.archive()
	if err != nil {
		return err
	}
	tags, err := archive.Choose(o.tags)
	if err != nil {
		return err
	}
	if o.change != "" && len(o.tags) == 0 {
		tags = tags[1:2]
	}
	if err := openLog(o.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, openLog("")) }()

	s := &session{options: o, out: stdout}
	if !o.quiet {
		s.bars = stderr
	}
	for _, tag := range tags {
		if err := s.work(ctx, archive, tag); err != nil {
			return err
		}
	}
	if !o.clear {
		s.total.write(s.out)
	}
	return nil
}

// work does with one tag what the options ask for.
func (s *session) work(ctx context.Context, archive Archive, tag string) error {
	a, err := s.bind(archive, tag)
	if err != nil {
		return err
	}
	if s.options.clear {
		return s.clear(a, tag)
	}
	if err := archive.Unpack(tag); err != nil {
		return err
	}
	if s.options.change != "" || s.options.restore {
		return s.alter(ctx, a, archive, tag)
	}
	return s.analyze(ctx, a, tag)
}

// bind starts caching: where, who hears of it, and under which tag.
func (s *session) bind(archive Archive, tag string) (*Analyzer, error) {
	a := NewAnalyzer(archive.Snapshot(tag))
	err := dataelab.SetOptions(a, diskcache.Options{
		Tmpdir:  s.options.tmpdir,
		Prefix:  s.options.prefix,
		OnEvent: s.events.hear,
	})
	if err != nil {
		return nil, err
	}
	return a, dataelab.SetTag(a, tag)
}

func (s *session) clear(a *Analyzer, tag string) error {
	if err := dataelab.ClearCache(a); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "forgot what was stored for %s in %s\n", tag, cacheDir(a))
	return nil
}

// openLog starts a log file; without a name it ends it. The program reports what
// happens by itself, so nothing is logged to the terminal.
func openLog(name string) error {
	level := zerolog.DebugLevel
	if name == "" {
		level = zerolog.Disabled
	}
	return dataelab.SetLogfile(name, level, "quickstart")
}
