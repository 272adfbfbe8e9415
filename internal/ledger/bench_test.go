package ledger_test

import (
	"fmt"
	"testing"

	"github.com/dataelab/dataelab-go/internal/ledger"
)

// A save promises, puts and ends the promise; the ledger's size must not matter.
func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := filled(b, n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				name := fmt.Sprintf("cacheTag/root.A.method-%032x", i%n)
				update(b, l, func(tx *ledger.Tx) error { return tx.Promise(ledger.Line{Name: "host-1-1", Bytes: 8192}) })
				update(b, l, func(tx *ledger.Tx) error {
					tx.EndPromise("host-1-1")
					return tx.Put(ledger.Line{Name: name, Ext: "npy", Bytes: 8192, Used: int64(i), Flags: ledger.Counts})
				})
			}
		})
	}
}

// A prune step looks at some buckets, and takes one line out.
func BenchmarkPruneStep(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := filled(b, n)
			b.ReportAllocs()
			for b.Loop() {
				update(b, l, func(tx *ledger.Tx) error {
					lines := tx.Next(8)
					tx.Delete(lines[0].Name)
					return tx.Put(lines[0])
				})
			}
		})
	}
}

func filled(b *testing.B, n int) *ledger.Ledger {
	b.Helper()
	l := newLedger(b)
	err := l.Build(func(tx *ledger.Tx) error {
		for i := range n {
			if err := tx.Put(ledger.Line{Name: fmt.Sprintf("cacheTag/root.A.method-%032x", i), Ext: "npy", Bytes: 8192, Used: int64(i), Flags: ledger.Counts}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return l
}
