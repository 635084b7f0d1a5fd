package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"sync"
	"time"
)

// Virtual is a runtime without sockets and clocks, for tests: addresses exist inside it alone, and
// time moves only while a caller waits for the library and no handler is at work. A handler that waits
// for something else than the library stops the clock: Advance moves it.
type Virtual struct{ *Runtime }

// NewVirtual makes one. The seed decides every random choice.
func NewVirtual(seed uint64, options ...Option) (*Virtual, error) {
	rt, err := newRuntime(options, func(out **C.ltn_runtime, detail *C.ltn_error) C.ltn_status {
		return C.ltn_testing_runtime_new(out, C.uint64_t(seed), detail)
	})
	if err != nil {
		return nil, err
	}
	rt.sim = &simulation{
		handle: rt.handle,
		kicks:  make(chan struct{}, 1),
		pumps:  map[*pump]chan struct{}{},
		done:   make(chan struct{}),
	}
	go rt.sim.run()
	return &Virtual{rt}, nil
}

// Now is the virtual clock, from zero when the runtime was made.
func (v *Virtual) Now() time.Duration {
	var ns C.uint64_t
	C.ltn_testing_runtime_now_ns(v.handle, &ns)
	return time.Duration(ns)
}

// SetLoss says which share of the datagrams is lost from now on, in parts per million.
func (v *Virtual) SetLoss(partsPerMillion uint32) error {
	return statusError(C.ltn_testing_runtime_set_loss(v.handle, C.uint32_t(partsPerMillion)))
}

// Advance moves the clock whoever is at work.
func (v *Virtual) Advance(ctx context.Context, by time.Duration) error {
	return v.sim.advance(ctx, by)
}

// simHandler is the key under which a handler's context names its simulation.
type simHandler struct{}

// simulation steps a virtual runtime from one goroutine: it alone drains the queues and moves time.
type simulation struct {
	handle *C.ltn_runtime
	kicks  chan struct{}
	done   chan struct{}

	mu     sync.Mutex
	wants  int // callers that wait for the library
	busy   int // handlers at work
	pumps  map[*pump]chan struct{}
	checks []*check
	target uint64 // virtual time up to which Advance forces the clock
	nudged bool   // something was cancelled: it takes effect without time
	ended  bool
}

// check is a condition that somebody waits for; time moves for it as for a call.
type check struct {
	met  func() bool
	done chan struct{}
}

func (s *simulation) kick() {
	select {
	case s.kicks <- struct{}{}:
	default:
	}
}

// nudge has what was cancelled or closed take effect although a handler is at work.
func (s *simulation) nudge() { s.change(func() { s.nudged = true }) }

func (s *simulation) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	s.kick()
}

// block and unblock are for a goroutine that begins and ends to wait for the library. A handler that
// waits lets time move and does not make it: what it waits for may be a caller that is at work, and
// time would run past every deadline meanwhile.
func (s *simulation) block(handler bool) {
	s.change(func() {
		if handler {
			s.busy--
		} else {
			s.wants++
		}
	})
}

func (s *simulation) unblock(handler bool) {
	s.change(func() {
		if handler {
			s.busy++
		} else {
			s.wants--
		}
	})
}

func (s *simulation) handlerBegins() { s.change(func() { s.busy++ }) }
func (s *simulation) handlerEnds()   { s.change(func() { s.busy-- }) }

// add has a queue drained; the channel is closed when the queue has closed.
func (s *simulation) add(p *pump) <-chan struct{} {
	gone := make(chan struct{})
	p.sim = s
	s.change(func() { s.pumps[p] = gone })
	return gone
}

func (s *simulation) until(ctx context.Context, met func() bool) error {
	c := &check{met, make(chan struct{})}
	s.change(func() { s.checks = append(s.checks, c) })
	select {
	case <-c.done:
		return nil
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.change(func() { s.removeCheck(c) })
		return contextError(ctx)
	}
}

func (s *simulation) removeCheck(c *check) {
	for i := range s.checks {
		if s.checks[i] == c {
			s.checks = append(s.checks[:i:i], s.checks[i+1:]...)
			return
		}
	}
}

func (s *simulation) advance(ctx context.Context, by time.Duration) error {
	var goal uint64
	s.change(func() {
		goal = max(s.now(), s.target) + uint64(by)
		s.target = goal
	})
	return s.until(ctx, func() bool { return s.now() >= goal })
}

func (s *simulation) now() uint64 {
	var ns C.uint64_t
	C.ltn_testing_runtime_now_ns(s.handle, &ns)
	return uint64(ns)
}

func (s *simulation) end() {
	s.change(func() { s.ended = true })
	<-s.done
}

// toNextMS has a step go to the next thing that is due and no further. A step with a positive timeout
// runs all of it, which would be far beyond an answer that somebody waits for.
const toNextMS = -1

func (s *simulation) run() {
	defer close(s.done)
	for {
		if s.drain() {
			continue
		}
		dueMS := C.int64_t(-1)
		C.ltn_runtime_deadline_ms(s.handle, &dueMS)
		forMS, todo := s.decide(int64(dueMS))
		switch todo {
		case quit:
			return
		case move:
			C.ltn_runtime_step(s.handle, C.int64_t(forMS))
		case turn:
			C.ltn_runtime_step(s.handle, 0)
			if !s.drain() {
				<-s.kicks
			}
		case rest:
			<-s.kicks
		}
	}
}

// What the simulation does next. It takes no turn that nobody asked for: an acknowledgement would leave
// alone or together with an answer as the goroutines happen to run, and the same seed would not be
// the same run.
const (
	rest = iota
	turn // without time
	move
	quit
)

// decide ends what is fulfilled and says whether and how far time may move; dueMS is when something
// is due, below 0 when nothing is.
func (s *simulation) decide(dueMS int64) (forMS int64, todo int) {
	s.mu.Lock()
	checks := append([]*check(nil), s.checks...)
	s.mu.Unlock()
	for _, c := range checks {
		if c.met() {
			close(c.done)
			s.mu.Lock()
			s.removeCheck(c)
			s.mu.Unlock()
		}
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, quit
	case now < s.target:
		left := int64((s.target - now + 999999) / 1000000)
		if dueMS >= 0 {
			left = min(left, max(dueMS, 1))
		}
		return left, move
	case dueMS >= 0 && s.busy == 0 && s.wants+len(s.checks) > 0:
		return toNextMS, move
	}
	if s.nudged || len(s.checks) > 0 {
		s.nudged = false
		return 0, turn
	}
	return 0, rest
}

// drain hands on what the queues hold; true when there was something.
func (s *simulation) drain() bool {
	s.mu.Lock()
	pumps := make([]*pump, 0, len(s.pumps))
	for p := range s.pumps {
		pumps = append(pumps, p)
	}
	s.mu.Unlock()
	some := false
	for _, p := range pumps {
		count, open := p.collect(0)
		some = some || count > 0
		if !open {
			s.mu.Lock()
			gone := s.pumps[p]
			delete(s.pumps, p)
			s.mu.Unlock()
			close(gone)
		}
	}
	return some
}
