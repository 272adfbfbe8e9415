package diskcache

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// MemoryVariable is the environment variable with the limit of DefaultMemory, in bytes or
// with a unit: 500MB (powers of 1000) or 8GiB (powers of 1024). 0 or nothing is no limit.
const MemoryVariable = "DATAELAB_MEMORY"

func memoryOfEnvironment() *Memory {
	bytes, err := parseBytes(os.Getenv(MemoryVariable))
	m := NewMemory(bytes)
	if err != nil { // to be told where an error can be returned
		m.fault = fmt.Errorf("environment variable %s: %w", MemoryVariable, err)
	}
	return m
}

var byteUnits = map[string]float64{
	"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, // as Docker and systemd have it
	"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
}

// parseBytes reads a number of bytes such as 8GiB.
func parseBytes(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRight(text, "BKMGTIbkmgti ")
	unit, known := byteUnits[strings.ToUpper(strings.TrimSpace(text[len(number):]))]
	n, err := strconv.ParseFloat(number, 64)
	if bytes := n * unit; known && err == nil && bytes >= 0 && bytes < math.MaxInt64 {
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("%q is no number of bytes such as 500MB or 8GiB", text)
}
