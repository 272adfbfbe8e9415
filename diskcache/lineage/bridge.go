package lineage

// bridge shows what lies beyond upstream entries that are gone. The record of what used such
// an entry lists what that had used as inherited, in no order. What can be explained by
// entries that are there is left out; what remains leads to the entry that is gone, or,
// where it could have come through several, to the one whose record tells of it.
//
// Without anything gone in between, inherited uses are the edges of entries further up,
// and add nothing.
func (b *builder) bridge() {
	reached := make([]int32, len(b.nodes)) // by which search, counted from 1
	listed := make([]int32, len(b.nodes))  // same, by which entry's record
	search := int32(0)
	for i := range b.nodes {
		inherited := b.inherited[i]
		if len(inherited) == 0 {
			continue
		}
		var gone, here []int32
		for _, a := range b.own[i] {
			if n := b.nodes[a.node]; n.Kind == Entry && n.Info == nil {
				gone = append(gone, a.node)
			} else {
				here = append(here, a.node)
			}
		}
		if len(gone) == 0 {
			continue
		}
		search++
		for _, a := range inherited {
			listed[a.node] = search
			if b.nodes[a.node].Info != nil {
				here = append(here, a.node)
			}
		}
		for _, from := range here {
			b.mark(from, search, listed, reached)
		}
		to := int32(i)
		if len(gone) == 1 {
			to = gone[0]
		}
		for _, a := range inherited {
			if reached[a.node] != search {
				b.bridged = append(b.bridged, bridged{link{a.node, to, a.use, true}, int32(i)})
			}
		}
	}
}

// bridged is a link that the record of another entry tells of.
type bridged struct {
	link
	by int32
}

// mark goes upstream from a node, not further than what one record lists. What the records on
// the way list as inherited is upstream of them, too.
func (b *builder) mark(from, search int32, listed, reached []int32) {
	todo := []int32{from}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, arcs := range [][]arc{b.own[i], b.inherited[i]} {
			for _, a := range arcs {
				if reached[a.node] != search && listed[a.node] == search {
					reached[a.node] = search
					todo = append(todo, a.node)
				}
			}
		}
	}
}
