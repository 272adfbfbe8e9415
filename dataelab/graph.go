package dataelab

import (
	"context"
	"fmt"

	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// Graph returns what is stored of the methods under root, under the present tag, and all
// that it was made of: values of other methods and functions, input files and settings. A
// method of which nothing is stored is a node, too: lineage.NotComputed. The graph can
// be written as a picture or for Graphviz, and tells where each value comes from.
func Graph(ctx context.Context, root any) (*lineage.Graph, error) {
	g, err := graphOf(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("dataelab: graph: %w", err)
	}
	return g, nil
}

func graphOf(ctx context.Context, root any) (*lineage.Graph, error) {
	all, err := find(root)
	if err != nil {
		return nil, err
	}
	places, err := placesIn(all)
	if err != nil {
		return nil, err
	}
	g, err := lineage.Of(ctx, places...)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, n := range g.All() {
		known[n.Name] = true
	}
	var names []string
	for i := range all {
		moved := false // everything is still under a former name
		for _, former := range all[i].former() {
			if known[former] {
				names = append(names, former)
				moved = true
			}
		}
		if name := all[i].name; known[name] || !moved {
			names = append(names, name)
		}
	}
	return g.OfMethods(names...), nil
}
