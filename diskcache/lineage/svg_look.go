package lineage

import (
	"strings"
	"unicode"
)

// ink is the color of all text, on fills that are light on any background. line is that of
// edges, which are seen on white and on black.
const (
	ink  = "#1b1b1b"
	line = "#7a7a7a"
)

// css has the classes of texts. Names and arguments are in a font whose characters are equally
// wide, as they are somebody else's.
const css = `text{fill:` + ink + `}` +
	`.name{font:bold 14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}` +
	`.path,.args{font:11px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}.path{fill:#555555}` +
	`.fact{font:12px "DejaVu Sans",Verdana,Helvetica,Arial,sans-serif}` +
	`.state{font:bold 12px "DejaVu Sans",Verdana,Helvetica,Arial,sans-serif}`

// font is how much room the texts of a class need, in the widest of its fonts.
type font struct {
	column       float64
	proportional bool
}

var fonts = map[string]font{"name": {8.45, false}, "path": {6.65, false}, "args": {6.65, false}, "fact": {7.1, true}, "state": {7.9, true}}

func (f font) widthOf(text string) float64 { return widthOf(text, f.width) }

func (f font) shortened(text string, room float64) string { return shortened(text, room, f.width) }

func (f font) width(r rune) float64 {
	w := f.column * columns(r)
	switch {
	case !f.proportional:
	case strings.ContainsRune("MWmw@%", r):
		w *= 1.7
	case unicode.IsUpper(r):
		w *= 1.25
	}
	return w
}

// look is how a state is seen: color, line and shape each tell it, and a word does.
type look struct {
	color string // told apart by color-blind people, too
	dash  string // of the frame
	dot   string // style of Graphviz
	mark  string // a path around 0,0
}

var looks = [states]look{
	Valid:       {"#007a5a", "", "filled", `M-4.5 0L-1.5 3.5L5 -4`},
	Stale:       {"#c04a00", "", "filled,bold", `M0 -5V1.2M0 3.6V5`},
	Gone:        {"#8a4b7d", "5 3", "filled,dashed", `M-4 -4L4 4M-4 4L4 -4`},
	Unknown:     {"#2b6cb0", "2 3", "filled,dotted", `M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0`},
	NotComputed: {"#6b6b6b", "8 4", "filled,dashed", `M-4.5 0H4.5`},
}

// fills has the color of boxes, by kind.
var fills = [...]string{Entry: "#ffffff", Method: "#ffffff", File: "#fbf3dc", Setting: "#e9eefb"}
