package sink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/diskcache"
)

// A Table is a sink that keeps elements as a result under a tag, like those of methods. It is a field of an object whose tree
// dataelab.SetTag is called for, or of one that is tagged later, and keeps the elements in memory until Save or Close:
//
//	type Loop struct {
//		Telemetry sink.Table // root.Telemetry.Table.columns.npz
//	}
//
//	err := dataelab.SetTag(loop, tag)
//	err = c.AddSink(&loop.Telemetry, stream.SinkOptions{})
//	...
//	err = c.Close(ctx)
//
// Python reads the columns with numpy.load, and makes a table of them by pandas.DataFrame(dict(numpy.load(name))).
// What came since the last Save is lost when the program dies. A Table must not be copied after it was used.
type Table struct {
	// Max is how many elements the table may have; further ones are refused. The default is a million.
	Max int

	mu      sync.Mutex
	rows    Columns
	columns diskcache.DiskCacher[Columns] `cache:",format=npz"`
}

// Columns are the elements of a [Table], in the order in which they came. All columns have one length.
type Columns struct {
	Time       []time.Time `npz:"time"`  // where windows end
	Start      []time.Time `npz:"start"` // where they begin
	Name       []string    `npz:"name"`
	Labels     []string    `npz:"labels"` // their keys: see stream.ParseKey
	Value      []float64   `npz:"value"`
	Correction []bool      `npz:"correction"`
}

const mostRows = 1_000_000

// Write adds elements.
func (t *Table) Write(_ context.Context, elements []stream.Element) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	most := t.Max
	if most == 0 {
		most = mostRows
	}
	r := &t.rows
	for i, e := range elements {
		err := checkText(e)
		if len(r.Value) >= most {
			err = fmt.Errorf("the table has %d elements, which is its Max", most)
		}
		if err != nil {
			return i, fmt.Errorf("sink: table: element %v: %w: %w", e, stream.ErrRefused, err)
		}
		r.Time = append(r.Time, e.Time.UTC())
		r.Start = append(r.Start, e.Start.UTC())
		r.Name = append(r.Name, e.Name)
		r.Labels = append(r.Labels, string(e.Key()))
		r.Value = append(r.Value, e.Value)
		r.Correction = append(r.Correction, e.Correction)
	}
	return len(elements), nil
}

// Save stores the elements that came until now, in the place of those that are stored.
func (t *Table) Save(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows.Value == nil { // no column is nil, as a file does not tell that from an empty one
		t.rows = Columns{[]time.Time{}, []time.Time{}, []string{}, []string{}, []float64{}, []bool{}}
	}
	_, err := t.columns.Refresh(ctx, func(context.Context) (Columns, error) { return t.rows, nil })
	if err != nil {
		return fmt.Errorf("sink: table: save: %w", err)
	}
	return nil
}

// Close is Save.
func (t *Table) Close(ctx context.Context) error { return t.Save(ctx) }

// Load returns the elements that are stored under the tag. If there are none, ok is false.
func (t *Table) Load(ctx context.Context) (c Columns, ok bool, err error) { return t.columns.Peek(ctx) }
