package dataelab

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Tag is the name of one dataset. Tags such as LBTISX20240410_112233 and
// 20240410_112233 tell which system took the data and when; any other text that
// can be part of a file name is a tag too, and says neither. The zero Tag is no
// tag.
type Tag struct {
	text   string
	system string
	time   time.Time
	timed  bool
}

// timedTag is an optional system, which does not end in a digit, and a time.
var timedTag = regexp.MustCompile(`^(|.*[^0-9])([0-9]{8}_[0-9]{6})$`)

const tagTime = "20060102_150405"

// ParseTag reads a tag. The error, for a text that cannot name a directory,
// wraps diskcache.ErrName.
func ParseTag(text string) (Tag, error) {
	if err := diskcache.CheckTag(text); err != nil {
		return Tag{}, fmt.Errorf("dataelab: parse tag: %w", err)
	}
	t := Tag{text: text}
	if m := timedTag.FindStringSubmatch(text); m != nil {
		if when, err := time.Parse(tagTime, m[2]); err == nil { // else: digits, but no date
			t.system, t.time, t.timed = m[1], when, true
		}
	}
	return t, nil
}

// NewTag makes the tag of what a system, which may be empty, took at a time. The
// time is written in its own location; tags have whole seconds. A system that
// ends in a digit and a year that has not four are errors, as ParseTag could not
// tell them apart.
func NewTag(system string, when time.Time) (Tag, error) {
	t, err := ParseTag(system + when.Format(tagTime))
	if err == nil && (!t.timed || t.system != system) {
		return Tag{}, fmt.Errorf("dataelab: new tag: %q would not be read as system %q and time %v: "+
			"take a system that does not end in a digit, and a year of four digits", t.text, system, when)
	}
	return t, err
}

// String returns the tag as it was read.
func (t Tag) String() string { return t.text }

// System returns what stands before the time, such as LBTISX; "" when there is
// nothing, or no time.
func (t Tag) System() string { return t.system }

// Time returns the time, in UTC, as tags name no zone. A tag without a time is an
// error that says how one is written.
func (t Tag) Time() (time.Time, error) {
	if t.timed {
		return t.time, nil
	}
	if m := timedTag.FindStringSubmatch(t.text); m != nil {
		return time.Time{}, fmt.Errorf("dataelab: time of tag %q: %s is no date and time", t.text, m[2])
	}
	return time.Time{}, fmt.Errorf("dataelab: time of tag %q: there is none in it: a tag with a time ends in YYYYMMDD_hhmmss, as LBTISX20240410_112233 does", t.text)
}

// MarshalText and UnmarshalText let a Tag stand in JSON and flags.
func (t Tag) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// UnmarshalText is ParseTag, except that no text is the zero Tag, which
// MarshalText writes so.
func (t *Tag) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*t = Tag{}
		return nil
	}
	*t, err = ParseTag(string(text))
	return err
}
