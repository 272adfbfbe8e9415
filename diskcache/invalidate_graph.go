package diskcache

import "context"

// cause is why an entry is invalidated.
type cause uint8

const (
	notMeant cause = iota
	chosen
	madeOf  // Downstream
	madeFor // Upstream
)

// graph has the entries that were looked at, and those that they were made of.
type graph struct {
	all  []*suspect
	byID map[suspectID]*suspect
}

// suspectID is an entry of one of the targets.
type suspectID struct {
	place int
	base  string
}

// suspect is an entry that was looked at, or that such a one was made of: it may have to go.
type suspect struct {
	suspectID
	InvalidatedEntry
	stored bool // else others were made of it, and it is gone
	state  EntryState
	wrong  error // with the state
	file   string
	host   string
	pid    int

	uses      []*suspect // the direct ones first, then what was inherited
	direct    int        // how many there are of the first
	users     []*suspect
	elsewhere []string // directories with other entries that it was made of

	cause cause
	from  *suspect // which one led to it
	path  string   // which file did
}

func (n *suspect) stem() string { stem, _ := splitBase(n.base); return stem }

func (g *graph) at(id suspectID) *suspect {
	if n := g.byID[id]; n != nil {
		return n
	}
	if g.byID == nil {
		g.byID = map[suspectID]*suspect{}
	}
	n := &suspect{suspectID: id}
	g.byID[id] = n
	g.all = append(g.all, n)
	return n
}

// look reads the entries, or, where their names tell which are meant, those.
func (r *invalidating) look(ctx context.Context) {
	r.advance()
	for _, t := range r.targets {
		wanted := func(base string) bool { return t.named(base) }
		if r.All || r.Downstream || r.Upstream || len(r.Files) > 0 {
			wanted = func(string) bool { return true }
		}
		for e, err := range t.entries(ctx, wanted) {
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				r.failed = append(r.failed, err)
				continue
			}
			r.add(t, &e)
			r.looked++
			r.advance()
		}
	}
	if r.Filter == nil && (r.Downstream || r.Upstream) {
		r.chooseGone()
	}
}

// named reports whether an entry was chosen by its name or that of its method.
func (t *target) named(base string) bool {
	stem, _ := splitBase(base)
	return t.methods[stem] || t.bases[base]
}

func (r *invalidating) add(t *target, e *EntryInfo) {
	n := r.nodes.at(suspectID{t.number, e.base()})
	if n.stored { // a file of another program, in a second format
		r.report.stay(e.Path, foreignStays)
		return
	}
	n.stored, n.state, n.wrong, n.file, n.host, n.pid = true, e.State, e.Err, e.File, e.Host, e.Process
	n.InvalidatedEntry = InvalidatedEntry{
		Tag: e.Tag, Name: e.Name, Key: e.Key, Arguments: e.Arguments, Path: e.Path, Bytes: e.Bytes,
		Computed: e.Computed, ComputeTime: e.ComputeTime,
	}
	if n.Path == "" {
		n.Path = t.full(n.base)
	}
	path, used := r.usedOf(e)
	if r.All || t.named(n.base) || used {
		if r.Filter == nil || r.Filter(*e) {
			n.cause, n.path = chosen, path
		}
	}
	for inherited := range both {
		for i := range e.Uses {
			if u := &e.Uses[i]; u.Kind == UsedEntry && u.Inherited == inherited {
				r.link(t, n, u)
			}
		}
		if !inherited {
			n.direct = len(n.uses)
		}
	}
}

// both yields false and true.
func both(yield func(bool) bool) { _ = yield(false) && yield(true) }

// link joins an entry with what it was made of.
func (r *invalidating) link(t *target, n *suspect, u *Use) {
	in := t
	if u.Directory != "" && u.Directory != t.String() {
		if in = r.targetAt(u.Directory); in == nil {
			n.elsewhere = append(n.elsewhere, u.Directory)
			return
		}
	}
	used := r.nodes.at(suspectID{in.number, baseOf(u.Name, u.Key)})
	n.uses = append(n.uses, used)
	used.users = append(used.users, n)
}

func (r *invalidating) targetAt(directory string) *target {
	for _, t := range r.targets {
		if t.String() == directory {
			return t
		}
	}
	return nil
}

// usedOf returns which of the files that were chosen an entry was made of.
func (r *invalidating) usedOf(e *EntryInfo) (path string, ok bool) {
	for i := range e.Uses {
		if e.Uses[i].Kind != UsedFile {
			continue
		}
		for _, chosen := range r.Files {
			if u := &e.Uses[i]; !samePath(chosen, u.Path) && (u.recorded == "" || !samePath(chosen, u.recorded)) {
				continue
			}
			r.filesUsed[chosen] = true
			if !ok {
				path, ok = e.Uses[i].Path, true
			}
		}
	}
	return path, ok
}

// chooseGone chooses entries that are gone, if they were named: others were made of them.
func (r *invalidating) chooseGone() {
	for _, n := range r.nodes.all {
		if !n.stored && (r.All || r.targets[n.place].named(n.base)) {
			n.cause = chosen
		}
	}
}

// follow adds what Downstream and Upstream ask for.
func (r *invalidating) follow() {
	var first []*suspect
	for _, n := range r.nodes.all {
		if n.cause == chosen {
			first = append(first, n)
		}
	}
	if r.Downstream {
		spread(first, madeOf, func(n *suspect) []*suspect { return n.users })
	}
	if r.Upstream {
		spread(first, madeFor, func(n *suspect) []*suspect { return n.uses })
	}
}

// spread goes from node to node, the nearest first, and to each one once: circles are
// harmless.
func spread(from []*suspect, why cause, next func(*suspect) []*suspect) {
	seen := map[*suspect]bool{}
	for queue := from; len(queue) > 0; {
		var later []*suspect
		for _, n := range queue {
			for _, other := range next(n) {
				if seen[other] {
					continue
				}
				seen[other] = true
				if other.cause == notMeant {
					other.cause, other.from = why, n
				}
				later = append(later, other)
			}
		}
		queue = later
	}
}

// called names an entry as a call, as far as its arguments are known.
func (n *suspect) called() string {
	if !n.stored || n.Arguments == nil {
		return n.base
	}
	return n.call()
}

// why is the cause in words.
func (n *suspect) why() string {
	switch {
	case n.path != "":
		return "made of " + n.path
	case n.cause == madeOf:
		return "made of " + n.from.called()
	case n.cause == madeFor:
		return n.from.called() + " was made of it"
	}
	return "chosen"
}
