package mapcache

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

const formatCSV = "csv"

// rows is the format of CSV files: a row for each entry, sorted, without a header.
type rows[K comparable, V any] struct {
	build func(K, V) ([]string, error)
	read  func([]string) (K, V, error)
}

func newRows[K comparable, V any](o *Options[K, V]) (*rows[K, V], error) {
	if o.Row != nil {
		return &rows[K, V]{o.Row, o.ReadRow}, nil
	}
	key, err := cellOf(reflect.TypeFor[K]())
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	value, err := cellOf(reflect.TypeFor[V]())
	if err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	return &rows[K, V]{
		build: func(k K, v V) ([]string, error) {
			first, err := key.text(reflect.ValueOf(&k).Elem())
			if err != nil {
				return nil, err
			}
			second, err := value.text(reflect.ValueOf(&v).Elem())
			return []string{first, second}, err
		},
		read: func(row []string) (k K, v V, err error) {
			if len(row) != 2 {
				return k, v, fmt.Errorf("it has %d columns, not key and value", len(row))
			}
			if err := key.parse(row[0], reflect.ValueOf(&k).Elem()); err != nil {
				return k, v, err
			}
			return k, v, value.parse(row[1], reflect.ValueOf(&v).Elem())
		},
	}, nil
}

// encode writes contents. What would not come back is an error.
func (r *rows[K, V]) encode(w io.Writer, contents map[K]V) error {
	all := make([][]string, 0, len(contents))
	for k, v := range contents {
		row, err := r.build(k, v)
		if err == nil {
			err = r.check(k, row)
		}
		if err != nil {
			return fmt.Errorf("the row of key %v: %w", k, err)
		}
		all = append(all, row)
	}
	slices.SortFunc(all, slices.Compare[[]string])
	out := csv.NewWriter(w)
	if err := out.WriteAll(all); err != nil {
		return err
	}
	return out.Error()
}

// check finds rows that CSV or ReadRow would not give back.
func (r *rows[K, V]) check(key K, row []string) error {
	if len(row) == 0 || len(row) == 1 && row[0] == "" {
		return errors.New("it is empty")
	}
	for _, cell := range row {
		if strings.Contains(cell, "\r\n") {
			return fmt.Errorf("%q holds \\r\\n, which CSV files do not keep", cell)
		}
	}
	back, _, err := r.read(slices.Clone(row))
	if err == nil && back != key {
		err = fmt.Errorf("it is read as that of key %v", back)
	}
	return err
}

func (r *rows[K, V]) decode(in io.Reader) (map[K]V, error) {
	contents := map[K]V{}
	source := csv.NewReader(in)
	source.FieldsPerRecord = -1
	for {
		row, err := source.Read()
		if errors.Is(err, io.EOF) {
			return contents, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := source.FieldPos(0)
		key, value, err := r.read(row)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if _, twice := contents[key]; twice {
			return nil, fmt.Errorf("line %d: the key %v is there twice", line, key)
		}
		contents[key] = value
	}
}
