package dataelab_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

func TestParseTag(t *testing.T) {
	noon := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	var none time.Time
	for _, test := range []struct {
		text   string
		system string
		time   time.Time
		timed  bool
	}{
		{"LBTISX20240410_112233", "LBTISX", noon, true},
		{"20240410_112233", "", noon, true},
		{"LBT-2_20240410_112233", "LBT-2_", noon, true},
		{"été 20240410_112233", "été ", noon, true},
		{"X00010101_000000", "X", none, true}, // the zero time.Time is a time like any other
		{"20000229_235959", "", time.Date(2000, 2, 29, 23, 59, 59, 0, time.UTC), true},
		{"calibration", "", none, false},
		{"LBTISX20240410", "", none, false},
		{"LBTISX20240410_1122", "", none, false},
		{"20240410_112233_b", "", none, false},
		{"LBTI220240410_112233", "", none, false}, // where would the date begin?
		{"120240410_112233", "", none, false},
		{"20241310_112233", "", none, false},
		{"20230229_000000", "", none, false},
		{"20240410_242233", "", none, false},
		{"20240410_112260", "", none, false},
		{"20240410-112233", "", none, false},
		{"٢٠٢٤٠٤١٠_١١٢٢٣٣", "", none, false}, // digits, but not these
		{"my data (2)", "", none, false},
		{strings.Repeat("x", 200), "", none, false},
	} {
		tag, err := dataelab.ParseTag(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		when, err := tag.Time()
		if tag.String() != test.text || tag.System() != test.system || !when.Equal(test.time) || (err == nil) != test.timed {
			t.Errorf("%s: got %q, system %q, time %v, %v", test.text, tag, tag.System(), when, err)
		}
		if err := dataelab.SetTag(&leaf{}, tag.String()); err != nil && len(test.text) < 190 {
			t.Errorf("%s: %v", test.text, err)
		}
		if again, err := dataelab.ParseTag(tag.String()); again != tag || err != nil {
			t.Errorf("%s: read again it is %v, %v", test.text, again, err)
		}
	}
}

func TestTagWithoutTime(t *testing.T) {
	for text, want := range map[string]string{
		"LBTI_2024":        `dataelab: time of tag "LBTI_2024": there is none in it: a tag with a time ends in YYYYMMDD_hhmmss, as LBTISX20240410_112233 does`,
		"X20241310_112233": `dataelab: time of tag "X20241310_112233": 20241310_112233 is no date and time`,
	} {
		tag, err := dataelab.ParseTag(text)
		mustDo(t, err)
		if when, err := tag.Time(); !when.IsZero() || err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v", text, when, err)
		}
	}
	if _, err := (dataelab.Tag{}).Time(); err == nil {
		t.Error("the zero tag has a time")
	}
}

var badTags = []string{"", ".", "..", "a..b", "/", "a/b", `a\b`, "../../etc/passwd", "a\x00", "a\n20240410_112233", "\x7f", "\u0085",
	"a\xffb", strings.Repeat("x", 201)}

func TestParseTagErrors(t *testing.T) {
	for _, text := range badTags {
		tag, err := dataelab.ParseTag(text)
		if !errors.Is(err, diskcache.ErrName) || tag != (dataelab.Tag{}) {
			t.Errorf("%.30q: got %v, %v, want ErrName", text, tag, err)
		}
	}
}

func TestNewTag(t *testing.T) {
	zone := time.FixedZone("MST", -7*3600)
	tag, err := dataelab.NewTag("LBTISX", time.Date(2024, 4, 10, 11, 22, 33, 999, zone))
	if err != nil || tag.String() != "LBTISX20240410_112233" {
		t.Errorf("got %v, %v", tag, err)
	}
	if same, err := dataelab.ParseTag("LBTISX20240410_112233"); same != tag || err != nil {
		t.Errorf("parsed %v, made %v, %v: they should be equal", same, tag, err)
	}
	for system, when := range map[string]time.Time{
		"LBT2": time.Date(2024, 4, 10, 0, 0, 0, 0, time.UTC), // 2 would be of the date
		"a/b":  time.Date(2024, 4, 10, 0, 0, 0, 0, time.UTC),
		"far":  time.Date(12024, 4, 10, 0, 0, 0, 0, time.UTC),
		"old":  time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC),
	} {
		if tag, err := dataelab.NewTag(system, when); err == nil || tag != (dataelab.Tag{}) {
			t.Errorf("system %q at %v: got %v, %v, want an error", system, when, tag, err)
		}
	}
}

func TestTagAsText(t *testing.T) {
	type config struct {
		Tag  dataelab.Tag
		None dataelab.Tag
		Runs map[dataelab.Tag]int
	}
	tag, err := dataelab.ParseTag("LBTISX20240410_112233")
	mustDo(t, err)
	c := config{Tag: tag, Runs: map[dataelab.Tag]int{tag: 3}}
	text, err := json.Marshal(c)
	if want := `{"Tag":"LBTISX20240410_112233","None":"","Runs":{"LBTISX20240410_112233":3}}`; string(text) != want || err != nil {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	var again config
	if err := json.Unmarshal(text, &again); err != nil || again.Tag != tag || again.None != (dataelab.Tag{}) || again.Runs[tag] != 3 {
		t.Errorf("got %+v, %v", again, err)
	}
	if when, err := again.Tag.Time(); err != nil || when.Hour() != 11 {
		t.Errorf("time %v, %v", when, err)
	}
	for _, text := range badTags[1:] {
		kept := tag
		quoted, _ := json.Marshal(text)
		if err := json.Unmarshal(quoted, &kept); err == nil && string(quoted) != `"a\ufffdb"` {
			t.Errorf("%s was read as %v", quoted, kept)
		}
		if err := kept.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%.30q was read as %v", text, kept)
		}
	}
	if err := json.Unmarshal([]byte("20240410"), &again.Tag); err == nil {
		t.Error("a JSON number was read as a tag")
	}
}

func FuzzParseTag(f *testing.F) {
	for _, text := range append(badTags, "LBTISX20240410_112233", "20240410_112233", "calibration", "20241310_112233", "é20240410_112233") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, err := dataelab.ParseTag(text)
		if err != nil {
			if tag != (dataelab.Tag{}) || !errors.Is(err, diskcache.ErrName) {
				t.Errorf("got %v with the error %v", tag, err)
			}
			return
		}
		if tag.String() != text {
			t.Errorf("read as %q", tag)
		}
		if !filepath.IsLocal(text) || strings.ContainsAny(text, "/\\\x00") || filepath.Base(text) != text {
			t.Error("it is no single element of a path")
		}
		if when, err := tag.Time(); err == nil {
			if tag.System()+when.Format("20060102_150405") != text {
				t.Errorf("system %q and time %v", tag.System(), when)
			}
		} else if tag.System() != "" || !when.IsZero() {
			t.Errorf("system %q and time %v of a tag without a time", tag.System(), when)
		}
		var again dataelab.Tag
		if err := again.UnmarshalText([]byte(tag.String())); err != nil || again != tag {
			t.Errorf("read again it is %v, %v", again, err)
		}
	})
}
