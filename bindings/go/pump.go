package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"sync"
	"sync/atomic"
	"unsafe"
)

// noEnd is a timeout without end in the header's terms.
const noEnd = -1

// sliceMS is how long a wait in C may overlook that its context has ended.
const sliceMS = 50

// dispatcher takes a batch of events. It runs on the goroutine that drained them and must not block.
type dispatcher interface {
	dispatch(p *pump, batch []C.ltngo_event)
}

// pump drains one queue, one crossing into C per batch.
type pump struct {
	queue  *C.ltn_queue
	owner  dispatcher
	events *C.ltngo_event
	sim    *simulation // which drains it, on a virtual runtime
	dead   []*C.ltn_op // operations that the next crossing frees
}

func newPump(owner dispatcher) (*pump, error) {
	p := &pump{owner: owner}
	err := detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_queue_new(&p.queue, 0, detail)
	})
	if err != nil {
		return nil, err
	}
	p.events = (*C.ltngo_event)(C.calloc(C.LTNGO_BATCH, C.sizeof_ltngo_event))
	return p, nil
}

// collect waits up to timeoutMS, and hands on what came. It is false once the queue is closed.
func (p *pump) collect(timeoutMS int64) (count int, open bool) {
	var n C.size_t
	status := C.ltngo_collect(p.queue, p.events, &n, C.int64_t(timeoutMS),
		unsafe.SliceData(p.dead), C.size_t(len(p.dead)))
	p.dead = p.dead[:0]
	if n > 0 {
		p.owner.dispatch(p, unsafe.Slice(p.events, int(n)))
	}
	return int(n), status == C.LTN_OK
}

func (p *pump) close() {
	C.ltn_queue_close(p.queue)
	if p.sim != nil {
		p.sim.kick()
	}
}

// free is for when nothing collects any more.
func (p *pump) free() {
	for _, op := range p.dead {
		C.ltn_op_free(op)
	}
	p.dead = nil
	C.ltn_queue_free(p.queue)
	C.free(unsafe.Pointer(p.events))
	p.queue, p.events = nil, nil
}

// opRef guards an operation that one goroutine may free while another uses it.
type opRef struct {
	mu sync.RWMutex
	op *C.ltn_op
}

// use runs f with the operation, unless it is gone. f must not block.
func (r *opRef) use(f func(op *C.ltn_op)) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.op == nil {
		return false
	}
	f(r.op)
	return true
}

func (r *opRef) set(op *C.ltn_op) {
	r.mu.Lock()
	r.op = op
	r.mu.Unlock()
}

// take gives the operation away; later uses find none.
func (r *opRef) take() *C.ltn_op {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := r.op
	r.op = nil
	return op
}

// signal wakes one goroutine that waits for the library. On a virtual runtime it also tells the
// clock: time moves while somebody waits, and stands still from the moment he is woken.
type signal struct {
	ch      chan struct{}
	sim     *simulation
	handler bool // who waits is a handler
	armed   atomic.Bool
}

func newSignal(sim *simulation) signal { return signal{ch: make(chan struct{}, 1), sim: sim} }

func (s *signal) wake() {
	s.disarm()
	select {
	case s.ch <- struct{}{}:
	default:
	}
}

func (s *signal) disarm() {
	if s.sim != nil && s.armed.CompareAndSwap(true, false) {
		s.sim.unblock(s.handler)
	}
}

// wait is false when the context ended first.
func (s *signal) wait(ctx context.Context) bool {
	if s.sim != nil {
		select {
		case <-s.ch:
			return true
		default:
		}
		s.handler = ctx.Value(simHandler{}) == s.sim
		s.armed.Store(true)
		s.sim.block(s.handler)
		defer s.disarm()
	}
	select {
	case <-s.ch:
		return true
	case <-ctx.Done():
		return false
	}
}

// gate counts who is inside, so that a handle is freed when nobody uses it.
type gate struct {
	mu     sync.Mutex
	inside int
	shut   bool
	empty  chan struct{}
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.inside++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.shut && g.inside == 0 {
		close(g.empty)
	}
}

// close lets nobody in any more; the channel is closed once everybody has left.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.shut = true
		g.empty = make(chan struct{})
		if g.inside == 0 {
			close(g.empty)
		}
	}
	return g.empty
}

// closer runs the steps of a close once, and again when a context cut them short.
type closer struct {
	turn sync.Mutex
	done bool
}

func (c *closer) run(ctx context.Context, steps func(ctx context.Context) error) error {
	for !c.turn.TryLock() {
		// Somebody else closes: his end is ours too.
		if err := nap(ctx); err != nil {
			return err
		}
	}
	defer c.turn.Unlock()
	if c.done {
		return nil
	}
	if err := steps(ctx); err != nil {
		return err
	}
	c.done = true
	return nil
}
