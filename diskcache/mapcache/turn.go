package mapcache

import "context"

// turn lets one load, build, save or deletion of a cache run at a time.
type turn struct {
	free chan struct{} // holds one element while nobody has the turn
}

func newTurn() *turn {
	t := &turn{free: make(chan struct{}, 1)}
	t.free <- struct{}{}
	return t
}

// take waits for the turn. The context that it returns is for hooks: it knows of
// the turn, and a hook that asks for it again gets ErrCircle.
func (t *turn) take(ctx context.Context) (context.Context, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	up, _ := ctx.Value(heldKey{}).(*held)
	for h := up; h != nil; h = h.up {
		if h.turn == t {
			return nil, ErrCircle
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case <-t.free:
		return context.WithValue(ctx, heldKey{}, &held{t, up}), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *turn) giveBack() { t.free <- struct{}{} }

// held are the turns that a context's goroutine has.
type held struct {
	turn *turn
	up   *held
}

type heldKey struct{}
