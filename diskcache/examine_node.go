package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
	"github.com/dataelab/dataelab-go/internal/inputs"
)

// node is what was found out about an entry that others use. It does not change; the
// next one takes its place.
type node struct {
	record  bool   // there is one, and
	version string // of its file,
	former  bool   // it belongs to a later value than the one that is there,
	verdict *verdict
	uses    *useList

	at       int64         // by clock, when the look began that found it out
	settings *declarations // by which it was judged
	bad      stale         // why the entry is not good
}

// id is the identity of the value.
func (n *node) id() string { return identity(n.verdict.Digest, n.verdict.Nil) }

type nodeID struct {
	home *home
	base string
}

// deepest is how many entries may stand one upon the other: more are taken for a forgery.
const deepest = 100_000

// node returns what is known of an entry, after finding out what is not.
func (x *examiner) node(dir *tagDir, stem, base string) *node {
	h := dir.home()
	known, counts := h.known(base)
	if counts && known.settings == dir.settings && (!known.bad.is() || known.at >= max(x.since, lastStored.Load())) {
		return known
	}
	id := nodeID{h, base}
	if x.visiting[id] {
		return &node{record: true, bad: upstreamStale("it is part of a circle")}
	}
	if len(x.visiting) > deepest {
		return &node{record: true, bad: upstreamStale("too many others stand between")}
	}
	x.visiting[id] = true
	defer delete(x.visiting, id)
	next := x.read(dir, base, known)
	next.settings = dir.settings
	if next.record && !next.bad.is() {
		next.bad = x.judge(dir, stem, next)
	}
	if next.bad.is() && x.ctx.Err() != nil { // which may be why, and counts for nobody else
		return next
	}
	if next.former { // which a save that is under way changes at any moment
		return next
	}
	h.learn(base, next)
	if lastStored.Load() > x.now && x.isReplaced(dir, base, next) { // by whom noteStored told nobody
		moveEpoch()
	}
	return next
}

// isReplaced reports whether there is another record now than the one that was examined.
func (x *examiner) isReplaced(dir *tagDir, base string, n *node) bool {
	s, err := x.open(dir)
	if err != nil {
		return false
	}
	info, err := s.Stat(x.ctx, recordName(base))
	return err == nil && (!n.record || info.Version != n.version)
}

// known returns what was found out about an entry, and whether that still counts.
func (h *home) known(base string) (n *node, counts bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = h.nodes[base]
	return n, n != nil && n.at >= lastMoved.Load()
}

func (h *home) learn(base string, n *node) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.nodes == nil {
		h.nodes = map[string]*node{}
	}
	h.nodes[base] = n
}

// foundGood is told of an entry that was loaded: whoever stored it, what stands upon it may
// be good again.
func (h *home) foundGood(base string) {
	h.mu.Lock()
	n := h.nodes[base]
	h.mu.Unlock()
	if n != nil && n.bad.is() {
		tick(&lastStored)
	}
}

// read reads a record, unless it is the one that is known.
func (x *examiner) read(dir *tagDir, base string, known *node) *node {
	none := &node{at: x.now}
	unreadable := func(err error) *node {
		if errors.Is(err, fs.ErrNotExist) {
			return none
		}
		return &node{at: x.now, record: true, bad: stale{why: Unreadable, reason: fmt.Sprintf("its record cannot be read: %v", err)}}
	}
	s, err := x.open(dir)
	if err != nil {
		return unreadable(err)
	}
	info, err := s.Stat(x.ctx, recordName(base))
	if err != nil {
		return unreadable(err)
	}
	if known != nil && known.record && known.verdict != nil && known.version == info.Version {
		return &node{at: x.now, record: true, version: known.version, verdict: known.verdict, uses: known.uses}
	}
	text, err := readSmall(x.ctx, s, recordName(base), maxRecordSize)
	if err != nil {
		return unreadable(err)
	}
	n := &node{at: x.now, record: true, version: info.Version}
	if old, ok := formerly(x.ctx, s, base, text, false); ok {
		text, n.former = old, true
	}
	if n.verdict, err = decodeRecord(text); err == nil {
		n.uses, err = usesOf(text, n.verdict, dir.path)
	}
	if errors.Is(err, errNewer) {
		n.verdict, n.bad = nil, stale{why: NewerRelease, reason: err.Error()}
	} else if err != nil {
		n.verdict, n.bad = nil, stale{why: Damaged, reason: err.Error()}
	}
	return n
}

// judge says why an entry is not good. What only its own call can tell, as the hook of
// SetValid does, is not asked.
func (x *examiner) judge(dir *tagDir, stem string, n *node) stale {
	if c := dir.home().serving(stem); c != nil {
		if why, reason := c.outdated(n.verdict, &wish{}); why != NoReason {
			return stale{why: why, reason: reason}
		}
	}
	return x.examine(dir, n.uses, n.verdict.began())
}

// recordless examines a use of an entry that has no record: it is gone, or the file of
// another program is in its place.
func (x *examiner) recordless(dir *tagDir, u *use) (bad stale, gone bool) {
	s, err := x.open(dir)
	if err != nil {
		return stale{}, u.File == ""
	}
	base := baseOf(u.Entry, u.Key)
	for _, e := range valueExts(dir.opts.Formats) {
		info, err := s.Stat(x.ctx, base+e.ext)
		if err != nil {
			continue
		}
		id, err := dir.home().foreignIdentity(x.ctx, s, base+e.ext, info.Version, u.Digest)
		switch {
		case err != nil:
			return upstreamStale("%s, which it used, cannot be read: %v", base+e.ext, err), false
		case id == strings.TrimSuffix(u.Digest, " nil"):
			return stale{}, false
		}
		return upstreamStale("%s, a file of another program, which it used, has changed", base+e.ext), false
	}
	if u.File != "" {
		return upstreamStale("%s, a file of another program, which it used, is gone", u.File), false
	}
	return stale{}, true
}

// foreignFile is the digest of a file that stands beside no record, and the state in which it
// was read.
type foreignFile struct {
	version string
	state   inputs.State // with the time of the inode, on Linux, which nobody can set back
	digest  string
}

// versionIdentity begins the identity of a file of another program that was mapped, and
// not read.
const versionIdentity = "version "

// foreignIdentity returns the identity of a file of another program, as like has it.
func (h *home) foreignIdentity(ctx context.Context, s store.Store, name, version, like string) (string, error) {
	if strings.HasPrefix(like, versionIdentity) {
		return versionIdentity + version, nil
	}
	file, err := s.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	now := foreignFile{version: file.Version(), state: inputs.State{Settled: true}}
	if f := store.OSFile(file); f != nil {
		if now.state, err = inputs.StatOpened(f); err != nil {
			return "", err
		}
	}
	h.mu.Lock()
	known := h.foreign[name]
	h.mu.Unlock()
	if known.version == now.version && known.state.Same(now.state) {
		return known.digest, nil
	}
	if now.digest, err = digest.NewReader(file, file.Size()).Sum(); err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.foreign == nil {
		h.foreign = map[string]foreignFile{}
	}
	h.foreign[name] = now
	return now.digest, nil
}

// of returns the directory of the entry that a use tells of, or nil where it cannot be
// reached.
func (d *tagDir) of(u *use) *tagDir {
	if u.In == "" {
		return d
	}
	path, stem := u.In, u.Entry
	for _, id := range []dirID{{d.opts.Store, path}, {nil, path}} {
		if c := homeAt(id).cellOf(stem); c != nil {
			return c.dir.judgedBy(d.settings)
		}
	}
	o := *d.opts
	o.Limits, o.TagLimits = Limits{}, Limits{}
	_, where := wholeStore(d.opts)
	switch {
	case filepath.IsAbs(path) && o.Store == nil:
		o.Tmpdir = filepath.Dir(path)
	case filepath.Dir(path) != where:
		return nil
	}
	o.Prefix = filepath.Base(path)
	if checkName("directory", o.Prefix, maxDirectory) != nil {
		return nil
	}
	return newTagDir(&o, "").judgedBy(d.settings)
}

// judgedBy returns the directory as a tree sees it that has cachers there, too.
func (d *tagDir) judgedBy(settings *declarations) *tagDir {
	if settings == nil || settings == d.settings || !declared.has(d.id(), settings) {
		return d
	}
	return &tagDir{store: d.store, path: d.path, name: d.name, scopes: d.scopes, opts: d.opts, settings: settings}
}
