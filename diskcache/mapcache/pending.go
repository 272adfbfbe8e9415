package mapcache

import "time"

// pending counts the changes that are not saved, and notes when the first of them
// came. A change that lets no rule begin to hold costs an addition and a comparison.
type pending struct {
	rules []Rule
	count int
	mark  int       // the count at which note is to be called; 0 for never
	first time.Time // when the first change came
}

func newPending(rules []Rule) pending {
	p := pending{rules: rules}
	p.clear()
	return p
}

func (p *pending) clear() {
	p.count, p.mark, p.first = 0, 0, time.Time{}
	if len(p.rules) > 0 {
		p.mark = 1
	}
}

// add counts a change, and reports whether note is to be called: it is the first, or
// the last that a rule waits for.
func (p *pending) add() bool {
	p.count++
	return p.count == p.mark
}

// note notes the time of the first change, and finds the next mark.
func (p *pending) note(now time.Time) {
	if p.first.IsZero() {
		p.first = now
	}
	p.mark = 0
	for _, r := range p.rules {
		if p.count < r.Changes && (p.mark == 0 || r.Changes < p.mark) {
			p.mark = r.Changes
		}
	}
}

// due says when the changes are to be saved; ok is false while no rule asks for it.
func (p *pending) due() (at time.Time, ok bool) {
	for _, r := range p.rules {
		if p.count < r.Changes {
			continue
		}
		if when := p.first.Add(r.Within); !ok || when.Before(at) {
			at, ok = when, true
		}
	}
	return at, ok
}

// take returns what is pending and begins anew.
func (p *pending) take() pending {
	taken := *p
	p.clear()
	return taken
}

// restore adds what was taken and not saved.
func (p *pending) restore(taken pending) {
	if taken.count == 0 {
		return
	}
	p.count += taken.count
	p.first = taken.first
	p.note(p.first)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
