package diskcache

import (
	"encoding/binary"
	"math"
)

// appendScalar appends type and content of a value of a predeclared type, as
// keyWriter.argument would, and reports whether v is one. Strings too long for
// the caller's buffer are left to the keyWriter.
func appendScalar(buf []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case int:
		return appendWord(appendText(buf, "int"), uint64(v)), true
	case int8:
		return append(appendText(buf, "int8"), byte(v)), true
	case int16:
		return binary.LittleEndian.AppendUint16(appendText(buf, "int16"), uint16(v)), true
	case int32:
		return binary.LittleEndian.AppendUint32(appendText(buf, "int32"), uint32(v)), true
	case int64:
		return appendWord(appendText(buf, "int64"), uint64(v)), true
	case uint:
		return appendWord(appendText(buf, "uint"), uint64(v)), true
	case uint8:
		return append(appendText(buf, "uint8"), v), true
	case uint16:
		return binary.LittleEndian.AppendUint16(appendText(buf, "uint16"), v), true
	case uint32:
		return binary.LittleEndian.AppendUint32(appendText(buf, "uint32"), v), true
	case uint64:
		return appendWord(appendText(buf, "uint64"), v), true
	case float32:
		return binary.LittleEndian.AppendUint32(appendText(buf, "float32"), bits32(v)), true
	case float64:
		return appendWord(appendText(buf, "float64"), bits64(v)), true
	case bool:
		return append(appendText(buf, "bool"), boolByte(v)), true
	case string:
		if len(v) > 64 {
			return buf, false
		}
		return appendText(appendText(buf, "string"), v), true
	}
	return buf, false
}

func appendText(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

func appendWord(buf []byte, u uint64) []byte { return binary.LittleEndian.AppendUint64(buf, u) }

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// bits32 and bits64 give every NaN the same bits: which one arithmetic yields
// depends on the processor and on the order of the operands.
func bits32(f float32) uint32 {
	if f != f {
		return 0x7FC00000
	}
	return math.Float32bits(f)
}

func bits64(f float64) uint64 {
	if f != f {
		return 0x7FF8000000000000
	}
	return math.Float64bits(f)
}
