package diskcache

import (
	"fmt"
	"strings"

	"github.com/dataelab/dataelab-go/internal/wording"
)

// described is an argument list as a record has it.
type described struct {
	texts []string
	parts []argPart // none in records from before there were any
}

// differences compares two argument lists. By digests it finds each difference of the
// first 64 arguments, by texts those that the texts show.
func differences(there, here described) []Difference {
	var all []Difference
	for i := range min(max(len(there.texts), len(here.texts)), argTextsMost) {
		d := Difference{Argument: i + 1, There: at(there.texts, i), Here: at(here.texts, i)}
		old, now := there.whole(i+1), here.whole(i+1)
		a, b := old.digest, now.digest
		otherType := old.text != "" && now.text != "" && old.text != now.text
		switch {
		case a != "" && a == b:
		case a != "" && b != "":
			fields := differentFields(there, here, i+1)
			switch {
			case len(fields) == 0 && otherType && d.There == d.Here: // 5 may be an int, or a float64
				d.There, d.Here = old.text+"("+d.There+")", now.text+"("+d.Here+")"
				fallthrough
			case len(fields) == 0:
				all = append(all, d)
			case otherType:
				all = append(all, Difference{Argument: i + 1, There: "of type " + old.text, Here: "of type " + now.text})
			}
			all = append(all, fields...)
		case d.There != d.Here:
			all = append(all, d)
		}
	}
	return all
}

func at(texts []string, i int) string {
	if i < len(texts) {
		return texts[i]
	}
	return ""
}

// whole returns the part that is an argument as a whole, or an empty one.
func (d described) whole(argument int) argPart {
	for _, p := range d.parts {
		if p.argument == argument && p.field == "" {
			return p
		}
	}
	return argPart{}
}

// differentFields compares the fields that a struct argument has in both lists.
func differentFields(there, here described, argument int) []Difference {
	stored := map[string]argPart{}
	for _, p := range there.parts {
		if p.argument == argument && p.field != "" {
			stored[p.field] = p
		}
	}
	var all []Difference
	for _, p := range here.parts {
		if old, ok := stored[p.field]; ok && p.argument == argument && old.digest != p.digest {
			all = append(all, Difference{argument, p.field, old.text, p.text})
		}
	}
	return all
}

// differencesShown is how many a sentence spells out, and differenceText how many
// bytes of each text.
const (
	differencesShown = 3
	differenceText   = 60
)

// sentence says how the call's arguments are not those of the entry.
func (n *Nearest) sentence() string {
	alone := len(n.Arguments) == 1
	var b strings.Builder
	switch d := n.Differences; len(d) {
	case 0:
		b.WriteString("what is stored is for other arguments")
	case 1:
		fmt.Fprintf(&b, "%s differs from the nearest stored entry: %s", d[0].place(alone), d[0].sides())
	default:
		fmt.Fprintf(&b, "%d %s differ from the nearest stored entry: ", len(d), kinds(d))
		for i := range d[:min(len(d), differencesShown)] {
			if i > 0 {
				b.WriteString("; ")
			}
			b.WriteString(d[i].place(alone) + " is " + d[i].sides())
		}
		if len(d) > differencesShown {
			fmt.Fprintf(&b, "; and %d more", len(d)-differencesShown)
		}
	}
	fmt.Fprintf(&b, " (computed %s in %s)", wording.Time(n.Computed), wording.Duration(n.ComputeTime))
	return b.String()
}

// kinds says what all the differences are.
func kinds(d []Difference) string {
	fields := 0
	for i := range d {
		if d[i].Field != "" {
			fields++
		}
	}
	switch fields {
	case 0:
		return "arguments"
	case len(d):
		return "fields"
	}
	return "arguments and fields"
}

// place says which argument or field it is; alone is whether there is only one
// argument.
func (d *Difference) place(alone bool) string {
	switch {
	case alone && d.Argument == 1 && d.Field == "":
		return "the argument"
	case alone && d.Argument == 1:
		return "field " + d.Field
	case d.Field == "":
		return fmt.Sprintf("argument %d", d.Argument)
	}
	return fmt.Sprintf("field %s of argument %d", d.Field, d.Argument)
}

func (d *Difference) sides() string {
	there, here := shown(d.There), shown(d.Here)
	if there == here {
		return here + " in both, as far as it is shown"
	}
	return there + " there, " + here + " here"
}

func shown(text string) string {
	switch {
	case text == "":
		return "nothing"
	case len(text) > differenceText:
		return strings.ToValidUTF8(text[:differenceText], "") + "…"
	}
	return text
}
