package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// The only functions that C calls. Their user data is the number of a cgo.Handle. Log and observe
// come on a loop's thread and must not hold it up: they leave a copy in a bounded channel.

//export ltngoLog
func ltngoLog(level C.int32_t, event, fields *C.char, handle C.uintptr_t) {
	cgo.Handle(handle).Value().(*logSink).push(int32(level), C.GoString(event), C.GoString(fields))
}

//export ltngoObserve
func ltngoObserve(key *C.uint8_t, hotkey, address *C.char, handle C.uintptr_t) {
	var sighting Sighting
	copy(sighting.Key[:], unsafe.Slice((*byte)(key), len(sighting.Key)))
	sighting.Hotkey, sighting.Address = C.GoString(hotkey), C.GoString(address)
	cgo.Handle(handle).Value().(*observer).push(sighting)
}

//export ltngoAsk
func ltngoAsk(question *C.ltn_op, handle C.uintptr_t) {
	asker := cgo.Handle(handle).Value().(*passwordAsker)
	var data *C.uint8_t
	var n C.size_t
	path := ""
	if C.ltn_op_data(question, &data, &n) == C.LTN_OK {
		path = string(goBytes(data, n))
	}
	// In a goroutine of its own, so that the wait in C ends with its timeout whatever the host does.
	go asker.answer(question, path)
}

//export ltngoDestroy
func ltngoDestroy(handle C.uintptr_t) {
	h := cgo.Handle(handle)
	if closer, ok := h.Value().(interface{ closed() }); ok {
		closer.closed()
	}
	h.Delete()
}

// logBacklog bounds what waits for a slow slog handler; more is dropped and counted.
const logBacklog = 256

type logLine struct {
	level         int32
	event, fields string
}

// logSink carries log lines from the loop's thread to a goroutine that may take its time.
type logSink struct {
	lines   chan logLine
	done    chan struct{}
	dropped counter
}

func newLogSink(logger *slog.Logger) *logSink {
	sink := &logSink{lines: make(chan logLine, logBacklog), done: make(chan struct{})}
	go func() {
		defer close(sink.done)
		for line := range sink.lines {
			attributes := []any{slog.String("fields", line.fields)}
			if n := sink.dropped.take(); n > 0 {
				attributes = append(attributes, slog.Int64("dropped_before", n))
			}
			logger.Log(context.Background(), slogLevel(line.level), "ltn: "+line.event, attributes...)
		}
	}()
	return sink
}

func (s *logSink) push(level int32, event, fields string) {
	select {
	case s.lines <- logLine{level, event, fields}:
	default:
		s.dropped.add()
	}
}

func (s *logSink) closed() { close(s.lines) }

func slogLevel(level int32) slog.Level {
	switch level {
	case C.LTN_LOG_DEBUG:
		return slog.LevelDebug
	case C.LTN_LOG_INFO:
		return slog.LevelInfo
	case C.LTN_LOG_WARNING:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// observeBacklog bounds sightings that wait for a slow observer.
const observeBacklog = 1024

// observer hands sightings to the host's function on a goroutine. Its server ends it: the library lets
// go of the handle when its loop comes by next, which may be later.
type observer struct {
	mu        sync.Mutex
	over      bool
	sightings chan Sighting
	done      chan struct{}
}

func newObserver(f func(Sighting)) *observer {
	o := &observer{sightings: make(chan Sighting, observeBacklog), done: make(chan struct{})}
	go func() {
		defer close(o.done)
		for sighting := range o.sightings {
			f(sighting)
		}
	}()
	return o
}

// push drops what does not fit: nothing waits for an observer.
func (o *observer) push(sighting Sighting) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return
	}
	select {
	case o.sightings <- sighting:
	default:
	}
}

func (o *observer) closed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over {
		o.over = true
		close(o.sightings)
	}
}
