package npy

import (
	"encoding/binary"
	"time"
)

// instant is the element of time.Time, which is written in nanoseconds since 1970. Of a
// time only the instant is kept: it comes back in UTC.
type instant struct{}

func (instant) survey(_ *survey, v values) *fault {
	for i := range v.n {
		t := *at[time.Time](v.at(i))
		if _, ok := nanosSince1970(t); !ok {
			return faultAt(i, "is %s, and nanoseconds in 64 bits reach from 1677-09-21 to 2262-04-11",
				t.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	return nil
}

func (instant) describe(*survey) descr { return descr{kind: 'M', size: 8, unit: nanoseconds} }

func (instant) store(dst cells, v values, _ *descr) {
	for i := range v.n {
		n, _ := nanosSince1970(*at[time.Time](v.at(i))) // surveyed
		binary.LittleEndian.PutUint64(dst.b[i*dst.step:], uint64(n))
	}
}

func (instant) loader(from *descr) (loader, *fault) {
	if from.kind != 'M' {
		return nil, &fault{text: from.brief() + " is no datetime64"}
	}
	return instantLoader{from.unit, from.bigEndian}, nil
}

type instantLoader struct {
	unit      timeUnit
	bigEndian bool
}

func (l instantLoader) load(v values, src cells) *fault {
	for i := range v.n {
		cell := src.b[i*src.step:]
		x := int64(binary.LittleEndian.Uint64(cell))
		if l.bigEndian {
			x = int64(binary.BigEndian.Uint64(cell))
		}
		t, ok := l.unit.instant(x)
		if !ok {
			return l.fault(i, x)
		}
		*at[time.Time](v.at(i)) = t
	}
	return nil
}

// fault says why x is no time.
func (l instantLoader) fault(i int, x int64) *fault {
	if l.unit.base == generic {
		return faultAt(i, "is %d without a unit, which is no time", x)
	}
	if sec, nsec, ok := l.unit.since1970(x); ok && sec == zeroTime && nsec == 0 {
		return faultAt(i, "is the start of year 1, the zero time.Time, which stands for NaT here")
	}
	return faultAt(i, "is %s after 1970, which a time.Time cannot hold exactly", l.unit.text(x))
}
