package diskcache

import (
	"encoding/hex"
	"maps"
	"slices"
)

// Limits remove what has been unused for longest. A use in memory leaves no trace on
// disk, so whoever removes asks the Memory of its process.

// addLimited makes a cell known that has limits. The caller holds mu.
func (m *Memory) addLimited(c *cell) {
	s := c.memory.shelf
	if !slices.ContainsFunc(c.dir.scopes, func(s *scope) bool { return !s.limits.none() }) {
		return
	}
	at := c.dir.pathOf(c.stem)
	if slices.Contains(m.limited[at], s) {
		return
	}
	if m.limited == nil {
		m.limited = map[string][]*shelf{}
	}
	m.limited[at] = append(m.limited[at], s)
}

// forgetLimited drops shelves whose cells are gone. The caller holds mu.
func (m *Memory) forgetLimited(gone func(*shelf) bool) {
	for at, shelves := range m.limited {
		m.limited[at] = slices.DeleteFunc(shelves, gone)
	}
	maps.DeleteFunc(m.limited, func(_ string, shelves []*shelf) bool { return len(shelves) == 0 })
}

// usedOf reports whether a call of this process got an entry's value from memory since
// this was asked the last time.
func (m *Memory) usedOf(directory, base string) bool {
	stem, text := splitBase(base)
	var key Key
	if _, err := hex.Decode(key[:], []byte(text)); err != nil {
		return false
	}
	m.mu.Lock()
	shelves := slices.Clone(m.limited[(&tagDir{path: directory}).pathOf(stem)])
	m.mu.Unlock()
	used := false
	for _, s := range shelves {
		if c := s.cell.Value(); c != nil && c.usedInMemory(key) {
			used = true
		}
	}
	return used
}
