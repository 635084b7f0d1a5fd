// Command echo measures calls of `echo` with one bin of 1,024 zero bytes.
//
//	echo ADDRESS HOTKEY one|many SECONDS
//
// One call in flight or 32, after half a second of warming up. It prints
// {"calls": n, "seconds": s, "p50_us": x}.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"lightning.invalid/ltn"
)

const (
	inFlight = 32
	warmUp   = 500 * time.Millisecond
)

// body is the map {"b": bin} as it travels.
var body = append([]byte{0x81, 0xa1, 'b', 0xc5, 4, 0}, make([]byte, 1024)...)

func main() {
	if err := run(); err != nil {
		log.Fatal("echo: ", err)
	}
}

func run() error {
	if len(os.Args) != 5 {
		return errors.New("usage: echo ADDRESS HOTKEY one|many SECONDS")
	}
	peer, err := ltn.PeerOf(os.Args[2], os.Args[1])
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(os.Args[4], 64)
	if err != nil {
		return err
	}
	lanes := 1
	if os.Args[3] == "many" {
		lanes = inFlight
	}
	seed, err := ltn.NewSeed()
	if err != nil {
		return err
	}
	signer, err := ltn.NewSeedSigner(seed)
	if err != nil {
		return err
	}
	defer signer.Close()
	client, err := ltn.NewClient(signer)
	if err != nil {
		return err
	}
	defer client.Close(context.Background())
	times, err := measure(client, peer, lanes, time.Duration(seconds*float64(time.Second)))
	if err != nil {
		return err
	}
	slices.Sort(times)
	p50 := 0.0
	if len(times) > 0 {
		p50 = float64(times[len(times)/2]) / float64(time.Microsecond)
	}
	fmt.Printf("{\"calls\": %d, \"seconds\": %.3f, \"p50_us\": %.1f}\n", len(times), seconds, p50)
	return nil
}

// measure gives the times of the calls that began and ended within the span.
func measure(client *ltn.Client, peer ltn.Peer, lanes int, span time.Duration) ([]time.Duration, error) {
	from := time.Now().Add(warmUp)
	until := from.Add(span)
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var work sync.WaitGroup
	for range lanes {
		work.Add(1)
		go func() {
			defer work.Done()
			times, err := lane(client, peer, from, until)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			failed = errors.Join(failed, err)
		}()
	}
	work.Wait()
	return all, failed
}

func lane(client *ltn.Client, peer ltn.Peer, from, until time.Time) ([]time.Duration, error) {
	var times []time.Duration
	for {
		began := time.Now()
		if began.After(until) {
			return times, nil
		}
		if _, err := client.CallRaw(context.Background(), peer, "echo", body); err != nil {
			return nil, err
		}
		if ended := time.Now(); began.After(from) && ended.Before(until) {
			times = append(times, ended.Sub(began))
		}
	}
}
