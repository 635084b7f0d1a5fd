package main

// #include <malloc.h>
// #include <unistd.h>
// static size_t used(void) { return mallinfo2().uordblks + mallinfo2().hblkhd; }
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// usage is what the process holds: resident altogether, and what of it Go's and C's allocators have
// given out.
type usage struct{ resident, goHeap, cHeap int64 }

// looks are taken for each measurement; the least of them counts: Go's runtime gives memory back in
// the background, at its own pace.
const looks = 3

// measure first lets both allocators give back what they hold free: what is left is in use.
func measure() (usage, error) {
	var least usage
	for i := range looks {
		now, err := look()
		if err != nil {
			return least, err
		}
		if i == 0 {
			least = now
		}
		least.resident = min(least.resident, now.resident)
		least.goHeap = min(least.goHeap, now.goHeap)
		least.cHeap = min(least.cHeap, now.cHeap)
	}
	return least, nil
}

func look() (usage, error) {
	runtime.GC() // finalizers run after this one, and FreeOSMemory collects what they let go of
	debug.FreeOSMemory()
	C.malloc_trim(0)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return usage{}, err
	}
	var all, resident int64
	if _, err := fmt.Sscan(string(text), &all, &resident); err != nil {
		return usage{}, err
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return usage{resident * int64(os.Getpagesize()), int64(stats.HeapAlloc), int64(C.used())}, nil
}

// threads is more than any part of the work has in C at a time.
const threads = 40

// prime makes the threads that Go's runtime would make sooner or later, and keeps from then on. It keeps
// records of allocations too, which are none of ours.
func prime() {
	runtime.MemProfileRate = 0
	var all sync.WaitGroup
	for range threads {
		all.Add(1)
		go func() {
			defer all.Done()
			C.usleep(20000)
		}()
	}
	all.Wait()
}
