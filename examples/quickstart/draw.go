package main

import (
	"context"
	"fmt"
	"io"

	"github.com/dataelab/dataelab-go/dataelab"
)

// draw writes a picture of what the results of a tag were made of, and of what is still valid,
// beside their folder. It returns a line that says so.
func draw(ctx context.Context, a *Analyzer, suffix string) (string, error) {
	graph, err := dataelab.Graph(ctx, a)
	if err != nil {
		return "", err
	}
	path := cacheDir(a) + suffix + ".svg"
	if err := publish(path, func(w io.Writer) error { return graph.WriteSVG(w) }); err != nil {
		return "", fmt.Errorf("draw a picture: %w", err)
	}
	validity := "all valid"
	if stale := graph.Count().Stale; stale > 0 {
		validity = fmt.Sprintf("%d of %s stale", stale, resultsText(graph.Count().Entries))
	}
	return fmt.Sprintf("picture: %s (%s)", path, validity), nil
}
