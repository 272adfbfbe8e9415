package ledger_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/internal/ledger"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// Who makes a large ledger is waited for as long as it goes on, and who was stopped
// is not.
func TestWaitForTheHolder(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration // between two lines of a minute's work
		busy  bool
	}{
		"goes on":     {2 * time.Second, false},
		"was stopped": {time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				locked := make(chan struct{})
				maker := open(t, rootfs.OS, dir)
				built := make(chan error)
				go func() {
					built <- maker.Build(func(tx *ledger.Tx) error {
						close(locked)
						for i := range int(time.Minute / c.pause) {
							time.Sleep(c.pause)
							if err := tx.Put(line(i, 1)); err != nil {
								return err
							}
						}
						return nil
					})
				}()
				<-locked
				begin := time.Now()
				err := open(t, rootfs.OS, dir).Update(nothing)
				if waited := time.Since(begin); errors.Is(err, ledger.ErrBusy) != c.busy || c.busy && waited > 15*time.Second || !c.busy && err != nil {
					t.Errorf("after %v: %v", waited, err)
				}
				if err := <-built; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
