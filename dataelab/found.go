package dataelab

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// found is one cacher or setting of a walk and where it was.
type found struct {
	held  any     // a diskcache.Cacher or a diskcache.AnySetting
	name  string  // <path>.<Type>.<method>, rule 3
	owner *object // the struct whose field led to it
	field *field
	steps int
	err   error // why it has no name; nil if it has
}

func (f *found) cacher() diskcache.Cacher      { return f.held.(diskcache.Cacher) }
func (f *found) setting() diskcache.AnySetting { return f.held.(diskcache.AnySetting) }

func (f *found) isSetting() bool {
	_, ok := f.held.(diskcache.AnySetting)
	return ok
}

// path is the name without the type, and with the field instead of the method.
func (f *found) path() string {
	prefix := len(f.owner.path) + 1 + len(f.owner.plan.name) + 1 + len(f.field.method)
	return f.owner.path + "." + f.field.name + f.name[prefix:]
}

// former returns the names that the cacher had before its method was renamed.
func (f *found) former() []string {
	var names []string
	stem := len(f.owner.path) + 1 + len(f.owner.plan.name) + 1
	for _, method := range f.field.options.Aka {
		names = append(names, f.name[:stem]+method+f.name[stem+len(f.field.method):])
	}
	return names
}

// where says in terms of the source text what it is.
func (f *found) where() string {
	var b strings.Builder
	fmt.Fprintf(&b, "field %s of %v", f.field.name, f.owner.plan.typ)
	for o := f.owner; o.from != nil && o.path == o.from.path; o = o.from {
		fmt.Fprintf(&b, ", embedded in %v", o.from.plan.typ)
	}
	return b.String()
}

// once removes further findings of a cacher or setting (rule 4). Only where a pointer or
// an element led to some can there be any, as structs are entered once. One
// whose best finding has no name is an error.
func once(all []found) ([]found, error) {
	best := map[any]int{}
	for i := range all {
		j, ok := best[all[i].held]
		if !ok || compare(&all[i], &all[j]) < 0 {
			best[all[i].held] = i
		}
	}
	kept := make([]found, 0, len(best))
	for i := range all {
		if best[all[i].held] != i {
			continue
		}
		if all[i].err != nil {
			return nil, all[i].err
		}
		kept = append(kept, all[i])
	}
	return kept, nil
}

func compare(a, b *found) int {
	switch {
	case a.steps != b.steps:
		return cmp.Compare(a.steps, b.steps)
	case a.err != nil || b.err != nil:
		return cmp.Compare(b2i(a.err != nil), b2i(b.err != nil))
	case a.path() != b.path():
		return cmp.Compare(a.path(), b.path())
	}
	return cmp.Compare(a.name, b.name) // fields of one name, at one path by embedding
}

// unique is rule 7 for names: file systems that ignore case would let one
// method overwrite the other, and settings are told apart as methods are. It is a hash set of indices into all, open
// addressed, as a map of a million strings takes longer than the walk.
func unique(all []found) error {
	seed := maphash.MakeSeed()
	mask := uint64(1)<<bits.Len(uint(2*len(all))) - 1
	slots := make([]int32, mask+1) // index+1; 0 is free
	tags := make([]uint32, mask+1) // of the hash, to compare few names
	var folded, other []byte
	for i := range all {
		folded = filename.AppendFold(folded[:0], all[i].name)
		hash := maphash.Bytes(seed, folded)
		slot := hash & mask
		for ; slots[slot] != 0; slot = (slot + 1) & mask {
			if uint64(tags[slot]) != hash>>32 {
				continue
			}
			j := slots[slot] - 1
			other = filename.AppendFold(other[:0], all[j].name)
			if slices.Equal(other, folded) {
				return clash(&all[j], &all[i])
			}
		}
		slots[slot], tags[slot] = int32(i+1), uint32(hash>>32)
	}
	return nil
}

func clash(a, b *found) error {
	advice := `rename one in its struct tag, as in cache:"other_name"`
	if a.field == b.field {
		advice = "as both are one field, hold the objects elsewhere: in named fields instead of embedded ones, or under other keys"
	}
	if a.isSetting() || b.isSetting() {
		return fmt.Errorf("two settings, or a setting and a method, would have one name, or names that differ only in case: "+
			"%s, %s; and %s, %s: %s", a.name, a.where(), b.name, b.where(), advice)
	}
	if a.name == b.name {
		return fmt.Errorf("two methods would be stored under one name, %s: %s; and %s: %s", a.name, a.where(), b.where(), advice)
	}
	return fmt.Errorf("two methods would be stored under names that differ only in case, which some file systems ignore: "+
		"%s, %s; and %s, %s: %s", a.name, a.where(), b.name, b.where(), advice)
}
