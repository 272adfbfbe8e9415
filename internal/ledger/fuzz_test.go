package ledger_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// FuzzLedger changes a ledger's file in some places and makes its checks right again:
// whatever the file says, the outcome is an error or an answer.
func FuzzLedger(f *testing.F) {
	l := newLedger(f)
	update(f, l, func(tx *ledger.Tx) error {
		for i := range 60 {
			if err := errors.Join(tx.Put(line(i, 4)), tx.Promise(line(i%7, 3))); err != nil {
				return err
			}
		}
		return nil
	})
	whole, err := os.ReadFile(filepath.Join(l.Path, "ledger"))
	if err != nil {
		f.Fatal(err)
	}
	patch := func(at uint32, text ...byte) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, at), text...)
	}
	f.Add(patch(80, 255, 255, 255, 255), true)
	f.Add(patch(84, 200), true)
	f.Add(patch(25*ledger.PageSize+16, 0, 0, 0, 0), true)
	f.Add(patch(26*ledger.PageSize+8, 26), true)
	f.Add(patch(ledger.PageSize+16, 3), false)
	f.Fuzz(func(t *testing.T, patches []byte, reseal bool) {
		text := append([]byte(nil), whole...)
		for len(patches) >= 5 {
			at := int(binary.LittleEndian.Uint32(patches)) % len(text)
			n := copy(text[at:], patches[4:min(len(patches), 12)])
			patches = patches[4+n:]
		}
		if reseal {
			ledger.Reseal(text)
		}
		l := open(t, rootfs.OS, t.TempDir())
		if err := os.WriteFile(filepath.Join(l.Path, "ledger"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			err := l.Update(func(tx *ledger.Tx) error {
				for i := range 200 {
					if err := tx.Put(line(i+30, 5)); err != nil {
						return err
					}
					tx.Delete(line(i, 5).Name)
					tx.EndPromise(line(i, 3).Name)
				}
				tx.Next(3)
				tx.All(func(ledger.Line) bool { return true })
				return tx.Promise(line(1, 1))
			})
			if err != nil && !errors.Is(err, ledger.ErrDamaged) && !errors.Is(err, fs.ErrInvalid) {
				t.Fatal(err)
			}
		}
	})
}
