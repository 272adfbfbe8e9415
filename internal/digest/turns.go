package digest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

const (
	// chunk is moved and hashed at a time: small enough to be in the processor's
	// cache still when the second of the two looks at it, large enough for system
	// calls and turns to cost nothing.
	chunk = 1 << 20

	// maxWorkers is where memory, not processors, sets the pace.
	maxWorkers = 4
)

// inTurns moves the chunks of p, which lie between file and memory, on several
// goroutines, and hashes each on the goroutine that moves it. Moving has no
// order; hashing has, so the hash goes round like a token.
//
// With two cores and 1 GiB in the page cache this is the fastest of what was tried:
// one goroutine that moves all while another hashes is a fifth slower in reading, where
// the new memory's page faults are shared as well.
//
// It returns how many bytes were moved before the first error. The hash
// is that of p only without an error.
func inTurns(p []byte, hash *xxh3.Hasher, hashFirst bool, move func(part []byte, at int) (int, error)) (int, error) {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers, (len(p)+chunk-1)/chunk)
	token := make([]chan struct{}, workers) // token[i] holds it when it is the turn of worker i
	for i := range token {
		token[i] = make(chan struct{}, 1)
	}
	token[0] <- struct{}{}
	var failed failure
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			hashInTurn := func(part []byte, at int) {
				<-token[w]
				if err := memfault.Try(func() error { _, err := hash.Write(part); return err }); err != nil {
					failed.note(at, err)
				}
				token[(w+1)%workers] <- struct{}{}
			}
			for at := w * chunk; at < len(p); at += workers * chunk {
				part := p[at:min(at+chunk, len(p))]
				if hashFirst {
					hashInTurn(part, at)
				}
				if !failed.seen() { // after an error only the token still goes round
					if n, err := contained(move, part, at); err != nil {
						failed.note(at+n, err)
					}
				}
				if !hashFirst {
					hashInTurn(part, at)
				}
			}
		})
	}
	all.Wait()
	var inside *panicked
	if errors.As(failed.err, &inside) {
		panic(inside.value) // on the goroutine of the caller, who may contain it
	}
	if failed.err != nil {
		return failed.at, failed.err
	}
	return len(p), nil
}

// contained turns a panic of move into an error, as nobody could recover it where
// it happens.
func contained(move func([]byte, int) (int, error), part []byte, at int) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicked{r}
		}
	}()
	return move(part, at)
}

type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

// failure is the first error by place, not by time.
type failure struct {
	mu  sync.Mutex
	at  int
	err error
}

func (f *failure) seen() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}

func (f *failure) note(at int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil || at < f.at {
		f.at, f.err = at, err
	}
}
