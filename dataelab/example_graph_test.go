package dataelab_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dataelab/dataelab-go/dataelab"
)

func ExampleGraph() {
	dir, remove := temporary()
	defer remove()

	g, err := dataelab.Graph(context.Background(), analyzed(dir))
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range g.All() {
		fmt.Println(n, n.State)
	}
	picture, err := os.Create(filepath.Join(dir, "graph.svg"))
	if err != nil {
		log.Fatal(err)
	}
	defer picture.Close()
	fmt.Println(g.WriteSVG(picture))
	// Output:
	// root.Slopes.Slopes.mean not computed
	// root.Slopes.Slopes.rms_of_channel(0) valid
	// root.Slopes.Slopes.rms_of_channel(1) valid
	// <nil>
}
