package ltn_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"lightning.invalid/ltn"
)

// residentBytes is what the process holds, after the collector gave back what it could.
func residentBytes(t *testing.T) int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc")
	}
	var all, resident int64
	_, err = fmt.Fscan(bytes.NewReader(text), &all, &resident)
	must(t, err)
	return resident * int64(os.Getpagesize())
}

// grows says how much memory ten rounds take after the first.
func grows(t *testing.T, what string, times int, round func(times int)) {
	round(times / 10)
	before := residentBytes(t)
	round(times - times/10)
	growth := residentBytes(t) - before
	t.Logf("%d %s: %d bytes more, %d per 10,000", times, what, growth, growth*10000/int64(times))
	if growth > 8<<20 {
		t.Fatalf("%d %s grew by %d bytes", times, what, growth)
	}
}

func TestNothingGrowsWithUse(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("LTN_TEST_SOAK"))
	if err != nil {
		t.Skip("LTN_TEST_SOAK=<number of calls>")
	}
	r := newLoopback(t).start()
	signer := signerOf(t, 3)
	ctx := context.Background() // one of a test's own would stay until its end
	grows(t, "calls", times, func(times int) {
		var work sync.WaitGroup
		for range 32 {
			work.Add(1)
			go func() {
				defer work.Done()
				for range times / 32 {
					if _, err := r.client.Call(ctx, r.peer, "echo", ltn.Map{"n": 1}); err != nil {
						t.Error(err)
						return
					}
				}
			}()
		}
		work.Wait()
	})
	grows(t, "clients", times/100, func(times int) {
		for range times {
			client, err := ltn.NewClient(signer)
			must(t, err)
			must(t, client.Close(ctx))
		}
	})
}
