package lineage

import (
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Node is one thing that values were made of, or one value. Nodes belong to their
// graph: that of a smaller or folded graph is another one. Do not change them.
type Node struct {
	Kind Kind

	// Name is that of the method, function or setting, such as root.slopes.Slopes.power;
	// it is empty for a file. Key is of the arguments of an entry.
	Name string
	Key  string
	// Place is the directory of an entry, method or setting; see [diskcache.Place.String].
	Place string
	// Path is that of an input file, or of the directory that several of them are in.
	Path string

	// State says whether the next call would take the value, or whether a file is as it
	// was used. Reason and Why tell why not.
	State  State
	Reason diskcache.Reason
	Why    string

	// Info is what the record of an entry tells, without its Uses, which are the edges. It
	// is nil unless the node is one entry that is there.
	Info *diskcache.EntryInfo
	// Use tells of a file or setting what was used last; it is zero for entries.
	Use diskcache.Use

	// Count is what the node stands for: one entry, or all of a method.
	Count Count

	id   int64
	self bool // an entry that used what it was before
}

// ID identifies the node in its graph, as gonum has it.
func (n *Node) ID() int64 { return n.id }

// Count is how many entries a node, or a graph, has, and what they cost.
type Count struct {
	Nodes   int // of the graph that was folded: entries, files or settings
	Methods int

	Entries     int // that are there
	Valid       int // of these
	Stale       int // of these
	Gone        int // that are not there any more, but were used
	Bytes       int64
	ComputeTime time.Duration
}

// add returns what two nodes have together. Methods are not added up, as the two may be of
// one.
func (c Count) add(o Count) Count {
	c.Nodes += o.Nodes
	c.Entries += o.Entries
	c.Valid += o.Valid
	c.Stale += o.Stale
	c.Gone += o.Gone
	c.Bytes += o.Bytes
	c.ComputeTime += o.ComputeTime
	return c
}

// Kind says what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Entry   Kind = iota + 1 // a stored value, or one that was there
	File                    // an input file or directory, or several files of one directory
	Setting                 // a setting with one value, or several of one name
	Method                  // all entries of one method or function, or of several
)

var kindNames = [...]string{"", "entry", "file", "setting", "method"}

// String returns the kind in one word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// State says whether something is as it was used.
type State uint8

// The states of nodes.
const (
	// Unknown: of an entry in a place that was not looked at, or of a setting or file that
	// only stale values used.
	Unknown State = iota
	// Valid: the next call takes the value; the file or setting is what was used.
	Valid
	// Stale: the next call computes; the file is not what was used.
	Stale
	// Gone: it was used, and is not there any more.
	Gone
	// NotComputed: a method of which nothing is stored.
	NotComputed

	states // how many there are
)

var stateNames = [states]string{"not checked", "valid", "stale", "gone", "not computed"}

// String returns the state in words.
func (s State) String() string {
	if s < states {
		return stateNames[s]
	}
	return "unknown"
}

// String returns the node as people write it: root.slopes.Slopes.power(512), the path of
// a file, a setting and its value.
func (n *Node) String() string {
	switch n.Kind {
	case File:
		if n.Count.Nodes > 1 {
			return printable(n.Path) + " (" + plural(n.Count.Nodes, "file") + ")"
		}
		return printable(n.Path)
	case Setting:
		if n.Count.Nodes > 1 {
			return printable(n.Name) + " (" + plural(n.Count.Nodes, "value") + ")"
		}
		return printable(n.Name + " = " + n.Use.Text)
	case Entry:
		return printable(n.Name) + "(" + n.arguments() + ")"
	}
	return printable(n.Name)
}

// arguments returns those of an entry, or its key where they are not known.
func (n *Node) arguments() string {
	if n.Info == nil || n.Key != "" && len(n.Info.Arguments) == 0 {
		if n.Key == "" {
			return ""
		}
		return "key " + printable(n.Key)
	}
	return printable(strings.Join(n.Info.Arguments, ", "))
}
