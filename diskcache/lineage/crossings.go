package lineage

import (
	"cmp"
	"slices"
)

// sweeps is how often the columns are sorted to and fro. More change little.
const sweeps = 16

// setOrder is rule 4 of layout.
func (l *layout) setOrder() {
	at := make([]float64, len(l.places)) // position in the column
	number := func() {
		for _, column := range l.columns {
			for i, id := range column {
				at[id] = float64(i)
			}
		}
	}
	number()
	best, fewest := cloneColumns(l.columns), l.crossings(at)
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		for c := range l.columns {
			if sweep%2 == 0 {
				sortColumn(l.columns[c], at, func(id int32) []int32 { return l.places[id].prev })
			} else {
				sortColumn(l.columns[len(l.columns)-1-c], at, func(id int32) []int32 { return l.places[id].nxt })
			}
		}
		if n := l.crossings(at); n < fewest {
			best, fewest = cloneColumns(l.columns), n
		}
	}
	l.columns = best
}

func cloneColumns(columns [][]int32) [][]int32 {
	clone := make([][]int32, len(columns))
	for i, c := range columns {
		clone[i] = slices.Clone(c)
	}
	return clone
}

// sortColumn sorts by the mean position of neighbors; those without stay where they are.
func sortColumn(column []int32, at []float64, near func(int32) []int32) {
	mean := make(map[int32]float64, len(column))
	for _, id := range column {
		mean[id] = at[id]
		if all := near(id); len(all) > 0 {
			sum := 0.0
			for _, n := range all {
				sum += at[n]
			}
			mean[id] = sum / float64(len(all))
		}
	}
	slices.SortStableFunc(column, func(a, b int32) int { return cmp.Compare(mean[a], mean[b]) })
	for i, id := range column {
		at[id] = float64(i)
	}
}

// crossings counts which edges cross between two columns each.
func (l *layout) crossings(at []float64) int {
	between := make([][]joint, len(l.columns))
	for _, j := range l.joints {
		c := l.places[j.from].column
		between[c] = append(between[c], j)
	}
	n := 0
	for c, joints := range between {
		if len(joints) > 1 {
			n += countCrossings(joints, at, len(l.columns[c+1]))
		}
	}
	return n
}

// countCrossings goes through joints from top to bottom on the left, and counts those before
// each that end below it on the right, with a tree of partial sums.
func countCrossings(joints []joint, at []float64, right int) int {
	slices.SortFunc(joints, func(a, b joint) int {
		return cmp.Or(cmp.Compare(at[a.from], at[b.from]), cmp.Compare(at[a.to], at[b.to]))
	})
	sums := make([]int, right+1)
	n := 0
	for seen, j := range joints {
		end := int(at[j.to]) + 1
		above := 0
		for i := end; i > 0; i -= i & -i {
			above += sums[i]
		}
		n += seen - above
		for i := end; i <= right; i += i & -i {
			sums[i]++
		}
	}
	return n
}
