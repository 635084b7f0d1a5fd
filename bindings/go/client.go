package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"sync"
	"time"
)

// Client calls peers by their key.
type Client struct {
	handle *C.ltn_client
	rt     *Runtime
	signer *Signer
	gate   gate
	closer closer
	pump   *pump
	gone   <-chan struct{} // virtual: closed when the queue is

	mu      sync.Mutex
	last    uint64 // the tag that was given last
	pending map[uint64]pendingOp
	high    int            // most that were pending since nothing was
	polling bool           // somebody drains: a call that was alone, or the poller
	pollers sync.WaitGroup // waits for the poller
}

// pendingOp is something accepted that the poller reports to.
type pendingOp interface {
	event(p *pump, event *C.ltngo_event)
}

// heldTag marks operations that their own object frees and never the poller.
const heldTag = uint64(1) << 63 // LTNGO_HELD

// lingerMS is how long an idle poller stays, so that bursts do not start one each.
const lingerMS = 20

// aloneMost is how many calls in a row a poller serves that are alone: then they are better off without
// it.
const aloneMost = 16

// NewClient makes and starts a client. The signer says who we are.
func NewClient(signer *Signer, options ...Option) (*Client, error) {
	s, err := collectSettings(options)
	if err != nil {
		return nil, err
	}
	c := &Client{pending: map[uint64]pendingOp{}}
	if c.rt, err = attach(s.runtime); err != nil {
		return nil, err
	}
	if err := c.start(signer, s); err != nil {
		c.abandon()
		return nil, err
	}
	return c, nil
}

func (c *Client) start(signer *Signer, s *settings) error {
	var err error
	if c.signer, err = signer.hold(c.rt); err != nil {
		return err
	}
	if c.pump, err = newPump(c); err != nil {
		return err
	}
	err = detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_new(&c.handle, c.rt.handle, c.signer.handle, detail)
	})
	if err != nil {
		return err
	}
	for _, set := range s.sets {
		if err := c.set(set.name, set.value); err != nil {
			return err
		}
	}
	if s.config != nil {
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_client_set_config(c.handle, s.config.handle, detail)
		})
		if err != nil {
			return err
		}
	}
	if err := statusError(C.ltn_client_deliver_queue(c.handle, c.pump.queue)); err != nil {
		return err
	}
	err = detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_start(c.handle, detail)
	})
	if err == nil && c.rt.sim != nil {
		c.gone = c.rt.sim.add(c.pump)
	}
	return err
}

// abandon undoes what start has done when it failed.
func (c *Client) abandon() {
	C.ltn_client_free(c.handle)
	if c.pump != nil {
		c.pump.close()
		c.pump.free()
	}
	c.signer.release()
	_ = c.rt.detach(context.Background())
}

func (c *Client) set(name, value string) error {
	return setOption(func(name, value *C.char, detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_set(c.handle, name, value, detail)
	}, name, value)
}

// Set changes an option while the client runs (those of docs/options.md that change at any time).
func (c *Client) Set(name string, value any) error {
	text, err := optionText(name, value)
	if err != nil {
		return err
	}
	if !c.gate.enter() {
		return errClosed("the client")
	}
	defer c.gate.leave()
	return c.set(name, text)
}

// Close ends what is under way with ErrShutdown and waits until the client has closed. When the
// context ends first it fails, the closing goes on, and Close may be called again.
func (c *Client) Close(ctx context.Context) error {
	return c.closer.run(ctx, func(ctx context.Context) error {
		empty := c.gate.close()
		C.ltn_client_stop(c.handle)
		err := c.rt.await(ctx, func(timeoutMS int64) C.ltn_status {
			return C.ltn_client_wait(c.handle, C.int64_t(timeoutMS))
		})
		if err != nil {
			return err
		}
		select {
		case <-empty:
		case <-ctx.Done():
			return contextError(ctx)
		}
		c.pump.close()
		if c.gone != nil {
			// A virtual runtime that ended before has nobody left who drains.
			select {
			case <-c.gone:
			case <-c.rt.sim.done:
			}
		}
		c.pollers.Wait()
		c.wakeAll()
		c.pump.free()
		C.ltn_client_free(c.handle)
		c.signer.release()
		return c.rt.detach(ctx)
	})
}

// wakeAll is for streams that are still held: they read what is there and then that it is over.
func (c *Client) wakeAll() {
	c.mu.Lock()
	left := c.pending
	c.pending = map[uint64]pendingOp{}
	c.mu.Unlock()
	for _, op := range left {
		op.event(nil, nil)
	}
}

// register gives an operation its tag and makes sure that somebody drains the queue for it: the poller,
// or a call that is alone by itself (drives).
func (c *Client) register(op pendingOp, held bool) (tag uint64, drives bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	tag = c.last
	if held {
		tag |= heldTag
	}
	c.pending[tag] = op
	c.high = max(c.high, len(c.pending))
	if c.polling || c.rt.sim != nil {
		return tag, false
	}
	c.polling = true
	if !held && len(c.pending) == 1 {
		return tag, true
	}
	c.startPoller()
	return tag, false
}

func (c *Client) startPoller() {
	c.pollers.Add(1)
	go c.poll()
}

func (c *Client) unregister(tag uint64) {
	c.mu.Lock()
	delete(c.pending, tag)
	c.mu.Unlock()
}

// drive drains on the caller's own goroutine until its call is over: waiting, it does the network work
// itself and nobody has to be woken.
func (c *Client) drive(call *callOp) {
	for !call.ended() {
		if _, open := c.pump.collect(noEnd); !open {
			call.event(c.pump, nil)
		}
	}
	c.handOver()
}

// handOver ends the duty of a caller; what others have begun meanwhile goes to the poller.
func (c *Client) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) > 0 {
		c.startPoller()
		return
	}
	c.polling = false
	c.high = 0
}

// poll drains while operations are under way. Waiting, it does the network work itself.
func (c *Client) poll() {
	defer c.pollers.Done()
	timeoutMS := int64(noEnd)
	alone := 0
	for {
		count, open := c.pump.collect(timeoutMS)
		c.mu.Lock()
		idle := len(c.pending) == 0
		if idle && count > 0 {
			if alone++; c.high > 1 {
				alone = 0
			}
			c.high = 0
		}
		late := idle && count == 0 && timeoutMS != noEnd
		if !open || late || idle && alone > aloneMost {
			c.polling = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		timeoutMS = noEnd
		if idle {
			timeoutMS = lingerMS
		}
	}
}

func (c *Client) dispatch(p *pump, batch []C.ltngo_event) {
	c.mu.Lock()
	ops := make([]pendingOp, len(batch))
	for i := range batch {
		tag := uint64(batch[i].tag)
		ops[i] = c.pending[tag]
		if batch[i].kind == C.LTN_EVENT_OP_DONE {
			delete(c.pending, tag)
		}
	}
	c.mu.Unlock()
	for i, op := range ops {
		if op != nil {
			op.event(p, &batch[i])
		} else if batch[i].is_mine != 0 {
			p.dead = append(p.dead, batch[i].op)
		}
	}
}

// Stat is a counter by its name (ClientStats).
func (c *Client) Stat(name string) (uint64, error) {
	if !c.gate.enter() {
		return 0, errClosed("the client")
	}
	defer c.gate.leave()
	return stat(name, func(value *C.uint64_t, name *C.char) C.ltn_status {
		return C.ltn_client_stat(c.handle, value, name)
	})
}

// Stats are all counters that docs/options.md lists.
func (c *Client) Stats() (map[string]uint64, error) {
	return stats(ClientStats, c.Stat)
}

// Metrics is everything the client counts, in one picture of one moment.
func (c *Client) Metrics() ([]Metric, error) {
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	return metrics(func(out **C.ltn_metrics, detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_metrics(c.handle, out, detail)
	})
}

// Peers is a picture of all peers, registered or connected.
func (c *Client) Peers() ([]PeerState, error) {
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	return peers(func(out **C.ltn_peer_list, detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_peers(c.handle, out, detail)
	})
}

// timeoutMS is the deadline that the library keeps: the option's, or what the context leaves.
func timeoutMS(ctx context.Context, s *callSettings, virtual bool) (int64, error) {
	ms := milliseconds(s.timeout)
	if s.timeout < 0 {
		return 0, newError(ErrInvalidArgument, "expected a time above 0, came a negative one")
	}
	if s.endless {
		ms = noEnd
	}
	if err := ctx.Err(); err != nil {
		return 0, contextError(ctx)
	}
	deadline, ok := ctx.Deadline()
	if !ok || virtual {
		return ms, nil
	}
	// Not below 1, which would mean something else: the context itself ends the call soon.
	left := max(milliseconds(time.Until(deadline)), 1)
	if ms <= 0 || left < ms {
		ms = left
	}
	return ms, nil
}
