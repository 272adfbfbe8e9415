package ledger

import "fmt"

// Get returns the line of a name.
func (t *Tx) Get(name string) (Line, bool) {
	_, _, _, bytes := t.find(t.headOf(name), name)
	if bytes == nil {
		return Line{}, false
	}
	return lineAt(bytes), true
}

// Put adds a line, in place of one of the same name.
func (t *Tx) Put(l Line) error {
	if err := l.check(); err != nil {
		return err
	}
	if t.alive != nil {
		t.alive()
	}
	t.room()
	t.Delete(l.Name)
	t.insert(t.headOf(l.Name), &l)
	t.count(&l, 1, false)
	t.h.lines++
	t.h.payload += uint64(l.size())
	if t.h.payload > splitAbove*uint64(t.h.buckets) {
		t.split()
	}
	return nil
}

func (l *Line) check() error {
	switch {
	case l.Name == "" || len(l.Name)+len(l.Ext) > MaxName || len(l.Ext) > 255:
		return fmt.Errorf("%.50q cannot be a name in a ledger: it has %d bytes", l.Name, len(l.Name))
	case l.Bytes < 0:
		return fmt.Errorf("%q cannot have %d bytes", l.Name, l.Bytes)
	}
	return nil
}

// Delete takes the line of a name out.
func (t *Tx) Delete(name string) (Line, bool) {
	t.room()
	l, ok := t.take(t.headOf(name), name)
	if !ok {
		return Line{}, false
	}
	t.count(&l, -1, false)
	if t.h.lines == 0 || t.h.payload < uint64(l.size()) {
		panic(damage("it has more lines than it says"))
	}
	t.h.lines--
	t.h.payload -= uint64(l.size())
	if t.h.buckets > 1 && t.h.payload < joinBelow*uint64(t.h.buckets) {
		t.join()
	}
	return l, true
}

// Promise promises room to somebody who writes, in place of an earlier promise of the
// same name. Promises are lines apart: they are few, and all of them can be asked for.
func (t *Tx) Promise(l Line) error {
	if err := l.check(); err != nil {
		return err
	}
	t.room()
	t.EndPromise(l.Name)
	t.insert(t.h.promises, &l)
	t.count(&l, 1, true)
	return nil
}

// EndPromise takes a promise back.
func (t *Tx) EndPromise(name string) (Line, bool) {
	t.room()
	l, ok := t.take(t.h.promises, name)
	if ok {
		t.count(&l, -1, true)
	}
	return l, ok
}

// Promised returns the promise of a name.
func (t *Tx) Promised(name string) (Line, bool) {
	_, _, _, bytes := t.find(t.h.promises, name)
	if bytes == nil {
		return Line{}, false
	}
	return lineAt(bytes), true
}

// Promises returns all of them.
func (t *Tx) Promises() []Line { return t.linesOf(t.h.promises) }

// Next returns the lines of some buckets, each time of the ones that follow, and so
// on round the ledger. Of no more buckets than there are.
func (t *Tx) Next(buckets int) []Line {
	var lines []Line
	for range min(buckets, int(t.h.buckets)) {
		t.h.hand %= t.h.buckets
		lines = append(lines, t.linesOf(t.head(t.h.hand))...)
		t.h.hand = (t.h.hand + 1) % t.h.buckets
	}
	t.change = true
	t.forget()
	return lines
}

// All calls do with all lines, until that returns false. The ledger must not be
// changed meanwhile.
func (t *Tx) All(do func(Line) bool) {
	for b := range t.h.buckets {
		for _, l := range t.linesOf(t.head(b)) {
			if !do(l) {
				return
			}
		}
		t.forget()
	}
}

func (t *Tx) linesOf(head uint32) []Line {
	var lines []Line
	for _, p := range t.chain(head) {
		p.each(func(_, l []byte, _ int) bool { lines = append(lines, lineAt(l)); return true })
	}
	return lines
}

// verify compares the sums with the lines, and looks at each bucket.
func (t *Tx) verify() {
	var lines, entries, bytes, staying, kept, payload uint64
	add := func(l *Line, promise bool) {
		var one uint64
		if l.Flags&Counts != 0 {
			one = 1
		}
		bytes += uint64(l.Bytes)
		entries += one
		if promise || l.stays() {
			kept += uint64(l.Bytes)
			staying += one
		}
	}
	for b := range t.h.buckets {
		for _, l := range t.linesOf(t.head(b)) {
			if t.bucketOf(t.hash([]byte(l.Name))) != b {
				panic(damage("line %q is in bucket %d", l.Name, b))
			}
			lines++
			payload += uint64(l.size())
			add(&l, false)
		}
		t.forget()
	}
	for _, l := range t.Promises() {
		add(&l, true)
	}
	if lines != t.h.lines || entries != t.h.entries || bytes != t.h.bytes ||
		staying != t.h.staying || kept != t.h.kept || payload != t.h.payload {
		panic(damage("its sums are not those of its lines"))
	}
}
