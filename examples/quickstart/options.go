package main

import (
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	clear, quiet   bool
}

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are one line, printed by run
	f.StringVar(&o.tmpdir, "tmpdir", "", "keep results in folders of `DIR` (default: the system's temporary directory)")
	f.StringVar(&o.prefix, "prefix", "", "`TEXT` before the tag in a folder's name (default: cache)")
	f.Func("tag", "analyze only `TAG`; repeat it, or separate tags by commas (default: all there are)", o.addTags)
	f.StringVar(&o.data, "data", "", "read snapshots from `DIR`/<tag> instead of those inside the program")
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
	return o, nil
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

Flags:
`)
	f := new(options).flags()
	f.SetOutput(&b)
	f.PrintDefaults()
	return b.String()
}

// archive returns where the snapshots are.
func (o *options) archive() (Archive, error) {
	if o.data != "" {
		if info, err := os.Stat(o.data); err != nil {
			return Archive{}, fmt.Errorf("-data: %w", err)
		} else if !info.IsDir() {
			return Archive{}, fmt.Errorf("-data: %s is a file: name the folder that holds a folder for each tag", o.data)
		}
		return Archive{os.DirFS(o.data), o.data}, nil
	}
	inside, err := fs.Sub(embedded, "telescope")
	return Archive{inside, "the data inside the program"}, err
}
