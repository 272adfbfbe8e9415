package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
)

// TestPictures: one is drawn before results are computed again, and one after, where that is
// asked for.
func TestPictures(t *testing.T) {
	archive, again := analyzed(t)
	folder := filepath.Join(filepath.Dir(archive.Folder), "cache"+testTag)
	changed, after := folder+"-changed.svg", folder+".svg"
	report := again(options{change: "commands", graph: true})
	for path, want := range map[string]string{changed: "8 of 14 results stale", after: "all valid"} {
		if want := "picture: " + path + " (" + want + ")\n"; !strings.Contains(report, want) {
			t.Errorf("%q is missing from\n%s", want, report)
		}
		texts := textsOf(t, path)
		for name := range dataelab.Cachers(NewAnalyzer(&Snapshot{})) {
			if method := name[strings.LastIndex(name, ".")+1:]; !slices.Contains(texts, method) {
				t.Errorf("%s does not show %s", path, name)
			}
		}
		for _, name := range []string{slopesName, commandsName, reconstructorName, metadataName} {
			if !slices.Contains(texts, name) {
				t.Errorf("%s does not show %s", path, name)
			}
		}
		stale := slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, "stale") })
		if stale != (path == changed) {
			t.Errorf("%s shows something stale: %v", path, stale)
		}
	}
	var names []string
	for _, e := range must(os.ReadDir(filepath.Dir(folder)))(t) {
		names = append(names, e.Name())
	}
	if want := []string{"cache" + testTag, filepath.Base(changed), filepath.Base(after), "quickstart-telescope"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
}

// textsOf returns what stands in a picture, which must be well-formed.
func textsOf(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var texts []string
	inText := false
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				texts = append(texts, string(token))
			}
		}
	}
}
