package ledger

import "encoding/binary"

// Reseal makes the checks of a file's header and pages right again, whatever these hold, so that
// what is behind the checks can be tested.
func Reseal(file []byte) {
	if len(file) < PageSize {
		return
	}
	seed := binary.LittleEndian.Uint64(file[24:])
	for no := range uint32(len(file) / PageSize) {
		p := &page{no: no, data: [PageSize]byte(file[int(no)*PageSize:])}
		if no == 0 {
			p.seal(0)
		} else if no >= firstPage {
			p.seal(seed)
		} else {
			continue
		}
		copy(file[int(no)*PageSize:], p.data[:])
	}
}

// Verify looks at the whole ledger.
func (t *Tx) Verify() { t.verify() }
