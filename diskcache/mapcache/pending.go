package mapcache

import "time"

// pending counts the changes that are not saved, and notes when those came on which
// a rule depends. A change that no rule waits for costs an addition and a comparison.
type pending struct {
	rules   []Rule // by Within, the shortest first
	count   int
	mark    int         // the count at which note is to be called; 0 for never
	first   time.Time   // when the first change came
	reached []time.Time // when each rule's last change came; zero until then
}

func newPending(rules []Rule) pending {
	p := pending{rules: rules}
	p.clear()
	return p
}

func (p *pending) clear() {
	p.count, p.mark, p.first = 0, 0, time.Time{}
	p.reached = make([]time.Time, len(p.rules))
	if len(p.rules) > 0 {
		p.mark = 1
	}
}

// add counts a change, and reports whether note is to be called.
func (p *pending) add() bool {
	p.count++
	return p.count == p.mark
}

// note notes the time of the changes up to count.
func (p *pending) note(now time.Time) {
	if p.first.IsZero() {
		p.first = now
	}
	p.mark = 0
	for i, r := range p.rules {
		switch {
		case p.count < r.Changes:
			if p.mark == 0 || r.Changes < p.mark {
				p.mark = r.Changes
			}
		case p.reached[i].IsZero():
			p.reached[i] = now
		}
	}
}

// due says when the changes are to be saved; ok is false while no rule asks for it.
func (p *pending) due() (at time.Time, ok bool) {
	shorter := time.Duration(0)
	for i, r := range p.rules {
		if last := p.reached[i]; !last.IsZero() {
			when := earlier(last.Add(shorter), later(last, p.first.Add(r.Within)))
			if !ok || when.Before(at) {
				at, ok = when, true
			}
		}
		shorter = r.Within
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
func (p *pending) restore(taken pending, now time.Time) {
	if taken.count == 0 {
		return
	}
	p.count += taken.count
	p.first, p.reached = taken.first, taken.reached
	p.note(now)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
