package filename_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/filename"
)

func TestFault(t *testing.T) {
	const composed, invisible, end, device = "composed form", "invisible character", "ends in a dot or a blank", "device on Windows"
	for name, want := range map[string]string{
		"": "", "a": "", "a b": "", ".hidden": "", " a": "", "mélange-日本": "", "2024:01": "", "ὀδύσσεια": "", "한국어": "", "हिन्दी": "", "تونس": "", "🔭": "",
		"e\u0301": composed, "e\u0301\u0323": composed, "\u212b": composed, "\u2126": composed, "\u1112\u1161\u11ab": composed, "a\u0327\u0301": composed,
		"q\u0301":  "", // which has no composed form
		"a\u200bb": invisible, "\u202eab": invisible, "\ufeffa": invisible, "a\u00ad": invisible, "a\u2060b": invisible, "\u2028": invisible,
		"a\u3164": invisible, "a\ufe0f": invisible, "a\u034fb": invisible, "\U000e0041": invisible, "a\u200d": invisible, "a\u061c": invisible,
		"a.": end, "a ": end, "a..": end, "a\u00a0": end, "a\u3000": end, ".": end, " ": end,
		"CON": device, "nul": device, "Aux.npy": device, "con.slopes.T": device, "COM1": device, "lpt9.x": device, "COM¹": device, "conin$": device, "PRN .x": device,
		"CONS": "", "COM": "", "COM10": "", "xCON": "", "a.CON": "", "LPTa": "", "comet": "",
	} {
		got := filename.Fault(name)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("Fault(%+q) = %q, want %q", name, got, want)
		}
		if runtime.GOOS == "windows" && got == "" && name != "" && !strings.Contains(name, ":") && !filepath.IsLocal(name) {
			t.Errorf("%q is reserved here", name)
		}
	}
}

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"fit", "Fit", "FIT"}, {"k", "K", "\u212a"}, {"σ", "ς", "Σ"}, {"é", "É"}, {"ß", "ẞ"}, {"s", "ſ"}, {"ǆ", "ǅ", "Ǆ"}, {"", ""},
	} {
		for _, name := range same {
			if filename.Fold(name) != filename.Fold(same[0]) {
				t.Errorf("%+q and %+q differ only in case", name, same[0])
			}
		}
	}
	for _, pair := range [][2]string{{"a", "b"}, {"é", "e"}, {"ß", "ss"}, {"ı", "i"}} {
		if filename.Fold(pair[0]) == filename.Fold(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
}
