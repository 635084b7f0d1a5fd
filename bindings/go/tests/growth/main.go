// Command growth uses the library over and over and says what the process holds more afterwards.
//
//	growth [--full | --share N]
//
// In full: 1,000,000 servers made and closed, 10,000 runtimes with a server and a client started and
// stopped, 1,000,000 calls. Otherwise one Nth of that, 50 by default. It measures after each tenth; the
// growth is the median slope over all pairs of measurements, so that one page more at one moment is
// no leak. What both allocators have given out may grow by 1 KiB per 10,000, and resident memory by
// that and an allowance for Go's own runtime, which goes on to make tables of its own for a while.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"sync"

	"lightning.invalid/ltn"
)

// most is the growth in bytes per 10,000 that is no leak.
const most = 1024

// Over a whole run: what lists of free things and timers may hold at the last measurement, and what Go's
// runtime takes for itself.
const (
	heapAllowance     = 16 << 10
	residentAllowance = 512 << 10
)

func main() {
	full := flag.Bool("full", false, "as often as the promise says")
	share := flag.Int("share", 50, "one Nth of that")
	flag.Parse()
	prime()
	if *full {
		*share = 1
	}
	good, err := run(*share)
	if err != nil {
		log.Fatal("growth: ", err)
	}
	if !good {
		os.Exit(1)
	}
}

func run(share int) (good bool, err error) {
	good = true
	for _, w := range []struct {
		what  string
		times int
		make  func() (work func(times int) error, end func() error, err error)
	}{
		{"create and free", 1000000, createAndFree},
		{"start and stop", 10000, startAndStop},
		{"calls", 1000000, calls},
	} {
		work, end, err := w.make()
		if err != nil {
			return false, err
		}
		held, err := grows(w.what, w.times/share, work)
		if err != nil {
			return false, err
		}
		if err := end(); err != nil {
			return false, err
		}
		good = good && held
	}
	return good, nil
}

// samples are taken after each tenth.
const samples = 10

func grows(what string, times int, work func(times int) error) (bool, error) {
	var taken []usage
	for range samples {
		if err := work(times / samples); err != nil {
			return false, err
		}
		now, err := measure()
		if err != nil {
			return false, err
		}
		taken = append(taken, now)
	}
	step := float64(times) / samples / 10000 // in ten thousands
	all := step * (samples - 1)
	per := func(pick func(usage) int64) float64 { return slope(taken, pick) / step }
	goHeap := per(func(u usage) int64 { return u.goHeap })
	cHeap := per(func(u usage) int64 { return u.cHeap })
	resident := per(func(u usage) int64 { return u.resident })
	good := goHeap < most+heapAllowance/all && cHeap < most+heapAllowance/all &&
		resident < most+residentAllowance/all
	word := "ok"
	if !good {
		word = "not ok"
	}
	fmt.Printf("%s - growth: %d times %s\n## growth in bytes per 10,000 of %d times %s: "+
		"Go's heap %.0f, C's heap %.0f, resident %.0f (from %d to %d KiB)\n", word, times, what, times,
		what, goHeap, cHeap, resident, taken[0].resident>>10, taken[samples-1].resident>>10)
	return good, nil
}

// slope is the median growth per sample over all pairs of samples (Theil and Sen).
func slope(taken []usage, pick func(usage) int64) float64 {
	var slopes []float64
	for i := range taken {
		for j := i + 1; j < len(taken); j++ {
			slopes = append(slopes, float64(pick(taken[j])-pick(taken[i]))/float64(j-i))
		}
	}
	slices.Sort(slopes)
	return (slopes[len(slopes)/2] + slopes[(len(slopes)-1)/2]) / 2
}

func newSigner() (*ltn.Signer, error) {
	seed, err := ltn.NewSeed()
	if err != nil {
		return nil, err
	}
	return ltn.NewSeedSigner(seed)
}

func echo(_ context.Context, request *ltn.Request) (any, error) { return request.Data, nil }

// createAndFree makes servers with a handler and closes them without a start.
func createAndFree() (func(times int) error, func() error, error) {
	rt, err := ltn.NewRuntime()
	if err != nil {
		return nil, nil, err
	}
	signer, err := newSigner()
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	work := func(times int) error {
		for range times {
			server, err := ltn.NewServer(signer, ltn.WithRuntime(rt))
			if err != nil {
				return err
			}
			if err := server.HandleFunc("echo", echo); err != nil {
				return err
			}
			if err := server.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	return work, func() error { signer.Close(); return rt.Close(ctx) }, nil
}

// startAndStop starts a runtime with a server and a client, and closes all three.
func startAndStop() (func(times int) error, func() error, error) {
	signer, err := newSigner()
	if err != nil {
		return nil, nil, err
	}
	work := func(times int) error {
		for range times {
			_, _, end, err := pair(signer)
			if err != nil {
				return err
			}
			if err := end(); err != nil {
				return err
			}
		}
		return nil
	}
	return work, signer.Close, nil
}

// pair is a started server and a client on a runtime of their own.
func pair(signer *ltn.Signer) (*ltn.Client, ltn.Peer, func() error, error) {
	var peer ltn.Peer
	rt, err := ltn.NewRuntime()
	if err != nil {
		return nil, peer, nil, err
	}
	server, err := ltn.NewServer(signer, ltn.WithRuntime(rt))
	if err != nil {
		return nil, peer, nil, err
	}
	if err := server.HandleFunc("echo", echo); err != nil {
		return nil, peer, nil, err
	}
	ctx := context.Background()
	if peer.Address, err = server.Start(ctx); err != nil {
		return nil, peer, nil, err
	}
	if peer.Key, err = signer.PublicKey(); err != nil {
		return nil, peer, nil, err
	}
	client, err := ltn.NewClient(signer, ltn.WithRuntime(rt))
	if err != nil {
		return nil, peer, nil, err
	}
	return client, peer, func() error {
		if err := client.Close(ctx); err != nil {
			return err
		}
		if err := server.Close(ctx); err != nil {
			return err
		}
		return rt.Close(ctx)
	}, nil
}

// calls makes half of its calls one after another and half of them 32 at a time.
func calls() (func(times int) error, func() error, error) {
	signer, err := newSigner()
	if err != nil {
		return nil, nil, err
	}
	client, peer, end, err := pair(signer)
	if err != nil {
		return nil, nil, err
	}
	many := func(times int) error {
		for range times {
			if _, err := client.Call(context.Background(), peer, "echo", ltn.Map{"n": 1}); err != nil {
				return err
			}
		}
		return nil
	}
	work := func(times int) error {
		if err := many(times / 2); err != nil {
			return err
		}
		const lanes = 32
		failed := make(chan error, lanes)
		var all sync.WaitGroup
		for range lanes {
			all.Add(1)
			go func() {
				defer all.Done()
				if err := many(times / 2 / lanes); err != nil {
					failed <- err
				}
			}()
		}
		all.Wait()
		close(failed)
		return <-failed
	}
	return work, func() error { signer.Close(); return end() }, nil
}
