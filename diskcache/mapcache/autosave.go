package mapcache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The pauses after a save that failed, doubled from one to the next.
const (
	retryFirst = time.Second
	retryMost  = 5 * time.Minute
)

// autosave is what saves by rules. There is a goroutine only while it saves.
type autosave struct {
	timer   *time.Timer   // guarded by the cache's mu; nil until the first rule waits
	running bool          // guarded by mu
	resting time.Time     // guarded by mu; no save begins before
	retry   time.Duration // guarded by mu; the pause after the last failure, 0 without one

	life context.Context // ends when Close has waited long enough
	end  context.CancelFunc
	work sync.WaitGroup // of running saves
}

func newAutosave() *autosave {
	life, end := context.WithCancel(context.Background())
	return &autosave{life: life, end: end}
}

// schedule sets the timer for what is pending; the caller holds mu.
func (c *Cache[K, V]) schedule() {
	at, due := c.changes.due()
	if !due || c.closed || c.auto.running || c.unbuilt != nil {
		return
	}
	wait := max(time.Until(later(at, c.auto.resting)), 0)
	if c.auto.timer == nil {
		c.auto.timer = time.AfterFunc(wait, c.saveByRule)
		return
	}
	c.auto.timer.Reset(wait)
}

// saveByRule runs on the timer's goroutine.
func (c *Cache[K, V]) saveByRule() {
	if !c.beginRule() {
		return
	}
	defer c.auto.work.Done()
	start := time.Now()
	err := c.saveContained()
	if err != nil && c.auto.life.Err() == nil {
		c.failSave(err)
	}
	c.endRule(start, err)
}

// saveContained turns the panic of a hook into an error: on this goroutine nobody
// could recover from it.
func (c *Cache[K, V]) saveContained() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a hook panicked: %v", r)
		}
	}()
	return c.saveOwn(c.auto.life)
}

// beginRule reports whether a save is due: it may have been done by others since the
// timer was set.
func (c *Cache[K, V]) beginRule() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, due := c.changes.due()
	switch {
	case !due || c.closed || c.auto.running:
		return false
	case time.Now().Before(later(at, c.auto.resting)):
		c.schedule()
		return false
	}
	c.auto.running = true
	c.auto.work.Add(1)
	return true
}

func (c *Cache[K, V]) endRule(start time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.auto.running = false
	if err != nil {
		c.auto.retry = min(max(2*c.auto.retry, retryFirst), retryMost)
		c.auto.resting = now.Add(c.auto.retry)
	} else {
		c.auto.retry = 0
		c.auto.resting = now.Add(now.Sub(start))
	}
	c.schedule()
}

// close saves what has changed, and lets nothing run in the background any more. If
// it cannot save, it may be called again. A hook of this cache that calls it changes nothing
// and gets ErrCircle: the hook may belong to a save in the background, which close would
// wait for.
func (c *Cache[K, V]) close(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	circle := true
	err := c.inTurn(ctx, "save", func(ctx context.Context) error {
		circle = false
		c.endRules()
		err := c.save(ctx)
		if n := c.unsaved(); err != nil && n > 0 {
			return fmt.Errorf("%w; changes that are lost when the program ends now: %d", err, n)
		}
		return err
	})
	if circle && errors.Is(err, ErrCircle) {
		return err
	}
	c.endRules() // also where the turn did not come in time
	c.auto.end()
	if ctx.Err() == nil { // else a hook may be running that knows of no context
		c.auto.work.Wait()
	}
	return err
}

// endRules lets no rule begin a save any more.
func (c *Cache[K, V]) endRules() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.auto.timer != nil {
		c.auto.timer.Stop()
	}
}

// unsaved returns how many changes are not saved.
func (c *Cache[K, V]) unsaved() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes.count
}
