package lineage

import (
	"cmp"
	"context"
	"fmt"
	"time"
	"unique"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Of returns the graph of all entries of some places. It reads records and asks the system
// for the times of input files, and reads no values. Entries of other places that were used
// are shown, but not looked at. Entries that are stored or cleared meanwhile may be seen or
// not.
func Of(ctx context.Context, places ...*diskcache.Place) (*Graph, error) {
	b := builder{looked: map[string]bool{}, index: map[identity]int32{}, useIndex: map[diskcache.Use]int32{}, lastUsed: map[int32]time.Time{}}
	for _, p := range places {
		if b.looked[p.String()] {
			continue
		}
		b.looked[p.String()] = true
		for e, err := range p.Entries(ctx) {
			if err != nil {
				return nil, fmt.Errorf("lineage: %w", err)
			}
			b.entry(ctx, p, e)
		}
	}
	b.bridge()
	b.judge(ctx)
	if err := ctx.Err(); err != nil { // what was found out of states meanwhile may be wrong
		return nil, fmt.Errorf("lineage: %w", err)
	}
	return b.graph(), nil
}

// builder collects the nodes and links of a graph.
type builder struct {
	looked   map[string]bool // places
	nodes    []*Node
	index    map[identity]int32
	uses     []diskcache.Use
	useIndex map[diskcache.Use]int32
	lastUsed map[int32]time.Time // files: when what used them was computed

	own       [][]arc // by node: what its record says that it used
	inherited [][]arc // by node: what its record says that these had used
	bridged   []bridged
}

// node returns the number of the node that has the identity of n, which is added if there
// is none.
func (b *builder) node(n *Node) int32 {
	id := n.identity()
	i, ok := b.index[id]
	if !ok {
		i = int32(len(b.nodes))
		b.index[id] = i
		b.nodes = append(b.nodes, n)
		b.own = append(b.own, nil)
		b.inherited = append(b.inherited, nil)
	}
	return i
}

func (b *builder) entry(ctx context.Context, p *diskcache.Place, e diskcache.EntryInfo) {
	i := b.node(&Node{Kind: Entry, Name: e.Name, Key: e.Key, Place: p.String()})
	n := b.nodes[i]
	if n.Info != nil { // it was stored again while the listing went on
		return
	}
	n.State = Valid
	if n.Reason, n.Why = p.Validity(ctx, e); n.Reason != diskcache.NoReason {
		n.State = Stale
	}
	for _, u := range e.Uses {
		b.use(i, e.Computed, u)
	}
	e.Uses = nil
	share(&e)
	n.Info = &e
	n.Count = Count{Nodes: 1, Entries: 1, Bytes: e.Bytes, ComputeTime: e.ComputeTime}
	if n.State == Valid {
		n.Count.Valid = 1
	} else {
		n.Count.Stale = 1
	}
}

// use adds what entry i used, which was computed then.
func (b *builder) use(i int32, computed time.Time, u diskcache.Use) {
	user := b.nodes[i]
	n := &Node{Place: cmp.Or(u.Directory, user.Place), Name: u.Name, Count: Count{Nodes: 1}}
	switch u.Kind {
	case diskcache.UsedEntry:
		n.Kind, n.Key = Entry, u.Key
	case diskcache.UsedSetting:
		n.Kind, n.Use = Setting, u
	case diskcache.UsedFile:
		n.Kind, n.Place, n.Path, n.Use = File, "", u.Path, u
	default:
		return // of a later release
	}
	inherited := u.Inherited
	u.Inherited = false
	n.Use.Inherited = false
	from := b.node(n)
	if n.Kind == File && !computed.Before(b.lastUsed[from]) {
		b.nodes[from].Use, b.lastUsed[from] = u, computed
	}
	a := arc{node: from, use: b.useNumber(u), inherited: inherited}
	switch {
	case from == i:
		user.self = true
	case inherited:
		b.inherited[i] = append(b.inherited[i], a)
	default:
		b.own[i] = append(b.own[i], a)
	}
}

func (b *builder) useNumber(u diskcache.Use) int32 {
	i, ok := b.useIndex[u]
	if !ok {
		i = int32(len(b.uses))
		b.useIndex[u] = i
		b.uses = append(b.uses, u)
	}
	return i
}

// graph returns what was collected. Nodes that nothing leads to or from, other than entries
// that are there, were named by records as inherited, and are not of interest.
func (b *builder) graph() *Graph {
	links := make([]link, 0, len(b.bridged))
	for _, l := range b.bridged {
		links = append(links, l.link)
	}
	for to, arcs := range b.own {
		for _, a := range arcs {
			links = append(links, link{a.node, int32(to), a.use, a.inherited})
		}
	}
	linked := make([]bool, len(b.nodes))
	for _, l := range links {
		linked[l.from], linked[l.to] = true, true
	}
	ids := make([]int32, len(b.nodes))
	nodes := b.nodes[:0]
	for i, n := range b.nodes {
		ids[i] = int32(len(nodes))
		if n.Info != nil || linked[i] {
			nodes = append(nodes, n)
		}
	}
	for i, l := range links {
		links[i].from, links[i].to = ids[l.from], ids[l.to]
	}
	return newGraph(nodes, links, b.uses)
}

// share makes one text of equal texts: most entries of a tag have these in common.
func share(e *diskcache.EntryInfo) {
	for _, s := range []*string{
		&e.Tag, &e.Name, &e.Format, &e.GoType, &e.DType, &e.Version, &e.Host,
		&e.Code.Program, &e.Code.Module, &e.Code.Version, &e.Code.Revision, &e.Code.Go,
	} {
		*s = unique.Make(*s).Value()
	}
}
