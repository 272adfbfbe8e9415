package main

import (
	"cmp"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/dataelab"
)

// embedded makes `go run` work anywhere, without files.
//
//go:embed telescope
var embedded embed.FS

// options is what the command line says.
type options struct {
	tmpdir, prefix string
	data, log      string
	tags           []string
	change         string
	restore        bool
	clear, quiet   bool
	graph          bool
}

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are one line, printed by run
	f.StringVar(&o.tmpdir, "tmpdir", "", "keep results and raw files in folders of `DIR` (default: the system's temporary directory)")
	f.StringVar(&o.prefix, "prefix", "", "`TEXT` before the tag in a folder's name (default: cache)")
	f.Func("tag", "analyze only `TAG`; repeat it, or separate tags by commas (default: all there are)", o.addTags)
	f.StringVar(&o.data, "data", "", "read raw files of your own in `DIR`/<tag>, and unpack none")
	f.Func("change", "change a raw `FILE` of one tag ("+changeNames+"), draw what\nis not valid any more, and compute that again (default tag: the second one)", o.setChange)
	f.BoolVar(&o.restore, "restore", false, "put changed raw files back as they were, and the same")
	f.BoolVar(&o.graph, "graph", false, "draw for each tag what was made of what, as <tmpdir>/<prefix><tag>.svg")
	f.StringVar(&o.log, "log", "", "append each look-up, load and save to `FILE`, as lines of JSON")
	f.BoolVar(&o.clear, "clear", false, "forget what is stored for the tags, and stop")
	f.BoolVar(&o.quiet, "quiet", false, "print errors only")
	return f
}

func parseOptions(args []string) (options, error) {
	var o options
	f := o.flags()
	if err := f.Parse(args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // package flag returns it bare, and says so
			return o, err
		}
		return o, fmt.Errorf("%w: see -help", err)
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("do not know what to do with %q: tags follow -tag; see -help", f.Arg(0))
	}
	return o, o.check()
}

func (o *options) check() error {
	switch modifies := o.change != "" || o.restore; {
	case o.change != "" && o.restore || modifies && o.clear:
		return errors.New("choose one of -change, -restore and -clear; see -help")
	case modifies && o.data != "":
		return errors.New("-change and -restore are for the program's own raw files, not for those of -data: change yours by hand, and run me again")
	}
	return nil
}

// setChange takes the name of a file also as it is told everywhere, with its extension.
func (o *options) setChange(name string) error {
	o.change = strings.TrimSuffix(name, ".npy")
	if _, ok := changes[o.change]; !ok {
		return fmt.Errorf("it changes %s", changeNames)
	}
	return nil
}

func (o *options) addTags(list string) error {
	for text := range strings.SplitSeq(list, ",") {
		tag, err := dataelab.ParseTag(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		if !slices.Contains(o.tags, tag.String()) {
			o.tags = append(o.tags, tag.String())
		}
	}
	return nil
}

func usage() string {
	var b strings.Builder
	b.WriteString(`Quickstart analyzes adaptive-optics telemetry, one dataset for each tag. Run it twice:
the second run takes every result from disk.

Columns of the report:
  from       where the result came from: computed, or disk
  this call  how long the call took
  computing  how long computing takes, or took when it was done
  next call  how long the same call takes once the result is in memory
  file size  bytes of the result's file
and where raw files have changed:
  came out   whether what was computed again is what it was before
  because    what has changed that it was made of: files, or other results

Flags:
`)
	f := new(options).flags()
	f.SetOutput(&b)
	f.PrintDefaults()
	return b.String()
}

// archive returns where the raw files are.
func (o *options) archive() (Archive, error) {
	var a Archive
	folder := o.data
	if folder == "" {
		folder = filepath.Join(cmp.Or(o.tmpdir, os.TempDir()), "quickstart-telescope")
		inside, err := fs.Sub(embedded, "telescope")
		if err != nil {
			return a, err
		}
		a.Inside = inside
	} else if info, err := os.Stat(folder); err != nil {
		return a, fmt.Errorf("-data: %w", err)
	} else if !info.IsDir() {
		return a, fmt.Errorf("-data: %s is a file: name the folder that holds a folder for each tag", folder)
	}
	var err error
	a.Folder, err = filepath.Abs(folder)
	return a, err
}
