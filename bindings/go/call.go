package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// CallOption says something about one call or stream.
type CallOption func(*callSettings)

type callSettings struct {
	timeout    time.Duration
	endless    bool
	firstChunk time.Duration
	chunk      time.Duration
	window     uint64
	maxBytes   uint64
	priority   int
	send       bool
}

// Timeout ends the call by itself, counted by the library's clock; the context's deadline does so
// too. 0 is the option default_timeout_ms.
func Timeout(d time.Duration) CallOption { return func(s *callSettings) { s.timeout = d } }

// NoTimeout leaves the end of the call to its context.
func NoTimeout() CallOption { return func(s *callSettings) { s.endless = true } }

// Priority is 0 by default, -3 the least and 4 the most urgent (btlightning/2 peers).
func Priority(priority int) CallOption { return func(s *callSettings) { s.priority = priority } }

// FirstChunkTimeout is the most from the request to the first chunk of a stream; 0 is the option of the
// same name, below 0 is without limit.
func FirstChunkTimeout(d time.Duration) CallOption { return func(s *callSettings) { s.firstChunk = d } }

// ChunkTimeout is the same from one chunk to the next.
func ChunkTimeout(d time.Duration) CallOption { return func(s *callSettings) { s.chunk = d } }

// Window is how many bytes of a stream may have come and not been read; 0 is the option
// stream_window_bytes.
func Window(bytes uint64) CallOption { return func(s *callSettings) { s.window = bytes } }

// MaxBytes bounds all chunks of a stream together; 0 is no limit.
func MaxBytes(bytes uint64) CallOption { return func(s *callSettings) { s.maxBytes = bytes } }

// WithSend says of a stream that chunks of ours follow the request (btlightning/2 peers).
func WithSend() CallOption { return func(s *callSettings) { s.send = true } }

// Call asks a peer and gives its answer. data is a map, a struct, MessagePack bytes, or nil for the
// empty map.
func (c *Client) Call(ctx context.Context, peer Peer, name string, data any,
	options ...CallOption) (Map, error) {
	answer, err := c.call(ctx, peer, name, data, options)
	if err != nil {
		return nil, err
	}
	return answer.Map()
}

// CallInto is Call with an answer that is decoded into what out points to.
func (c *Client) CallInto(ctx context.Context, peer Peer, name string, data, out any,
	options ...CallOption) error {
	answer, err := c.call(ctx, peer, name, data, options)
	if err != nil {
		return err
	}
	return answer.Decode(out)
}

// CallRaw is Call with MessagePack bytes on both sides.
func (c *Client) CallRaw(ctx context.Context, peer Peer, name string, data []byte,
	options ...CallOption) (Raw, error) {
	return c.call(ctx, peer, name, Raw(data), options)
}

func (c *Client) call(ctx context.Context, peer Peer, name string, data any,
	options []CallOption) (Raw, error) {
	body, err := encode(data)
	if err != nil {
		return nil, err
	}
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	call := &callOp{signal: newSignal(c.rt.sim)}
	tag, drives := c.register(call, false)
	if err := c.submit(ctx, &call.opRef, C.LTN_OP_CALL, tag, peer, name, body, options); err != nil {
		c.unregister(tag)
		if drives {
			c.handOver()
		}
		return nil, err
	}
	if ctx.Done() != nil {
		stop := c.onEnd(ctx, call.cancel)
		defer stop()
	}
	if drives {
		c.drive(call)
	}
	return call.wait(ctx)
}

// submission is what C fills in or reads for one call. It is used again: a thousand bytes for each call
// would be most of what a call costs the collector.
type submission struct {
	details C.ltngo_call_options
	failure C.ltngo_error
}

var submissions = sync.Pool{New: func() any { return new(submission) }}

// submit hands a request over. What the context says about time goes with it.
func (c *Client) submit(ctx context.Context, ref *opRef, how C.int32_t, tag uint64, peer Peer,
	name string, body Raw, options []CallOption) error {
	var s callSettings
	for _, option := range options {
		option(&s)
	}
	ms, err := timeoutMS(ctx, &s, c.rt.sim != nil)
	if err != nil {
		return err
	}
	if s.priority < -3 || s.priority > 4 {
		return newError(ErrInvalidArgument,
			fmt.Sprintf("expected a priority from -3 to 4, came %d", s.priority))
	}
	with := submissions.Get().(*submission)
	defer submissions.Put(with)
	with.details = C.ltngo_call_options{
		timeout_ms:             C.int64_t(ms),
		tag:                    C.uint64_t(tag),
		first_chunk_timeout_ms: chunkTimeout(s.firstChunk),
		chunk_timeout_ms:       chunkTimeout(s.chunk),
		stream_window_bytes:    C.uint64_t(s.window),
		stream_max_bytes:       C.uint64_t(s.maxBytes),
		priority:               C.int64_t(s.priority),
	}
	if s.send {
		with.details.flags = C.LTN_CALL_SEND
	}
	// The lock is held over the submission: the event may come before this function has returned, and
	// whoever handles it waits here until the operation is known.
	ref.mu.Lock()
	defer ref.mu.Unlock()
	status := C.ltngo_submit(c.handle, &ref.op, how, (*C.uint8_t)(&peer.Key[0]),
		stringPointer(peer.Address), C.size_t(len(peer.Address)),
		stringPointer(name), C.size_t(len(name)),
		bytePointer(body), C.size_t(len(body)), &with.details, &with.failure)
	if c.rt.sim != nil {
		c.rt.sim.kick()
	}
	if status != C.LTN_OK {
		return takeError(&with.failure)
	}
	return nil
}

func chunkTimeout(d time.Duration) C.int64_t {
	if d < 0 {
		return noEnd
	}
	return C.int64_t(milliseconds(d))
}

// callOp is a unary call under way.
type callOp struct {
	opRef
	signal signal
	once   sync.Mutex
	over   bool
	data   Raw
	err    error
}

// event comes from the poller, which owns the operation from here on.
func (o *callOp) event(p *pump, event *C.ltngo_event) {
	if event == nil {
		if op := o.take(); op != nil {
			C.ltn_op_free(op)
		}
		o.finish(nil, errClosed("the client"))
		return
	}
	if event.kind != C.LTN_EVENT_OP_DONE {
		return
	}
	op := o.take()
	if op == nil {
		return
	}
	if event.status == C.LTN_OK {
		o.finish(goBytes(event.data, event.data_len), nil)
	} else {
		o.finish(nil, opError(op))
	}
	if event.data_len > keptBytes {
		C.ltn_op_free(op)
		return
	}
	p.dead = append(p.dead, op)
}

// keptBytes is the most that an answer may have that the next crossing frees, whenever that is.
const keptBytes = 64 << 10

func (o *callOp) finish(data Raw, err error) {
	o.once.Lock()
	o.over, o.data, o.err = true, data, err
	o.once.Unlock()
	o.signal.wake()
}

func (o *callOp) cancel() {
	o.use(func(op *C.ltn_op) { C.ltn_op_cancel(op) })
	if o.signal.sim != nil {
		o.signal.sim.nudge()
	}
}

func (o *callOp) ended() bool {
	o.once.Lock()
	defer o.once.Unlock()
	return o.over
}

// wait waits for the word of whoever drains. A context that ends cancels, and the one completion still
// comes: nothing is left behind.
func (o *callOp) wait(ctx context.Context) (Raw, error) {
	background := context.WithoutCancel(ctx)
	for !o.ended() {
		o.signal.wait(background)
	}
	return o.data, explain(ctx, o.err)
}

// onEnd has the end of a context cancel an operation. A deadline that the library keeps too is left to
// it: its error says more.
func (c *Client) onEnd(ctx context.Context, cancel func()) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		_, kept := ctx.Deadline()
		if c.rt.sim != nil || !kept || ctx.Err() != context.DeadlineExceeded {
			cancel()
		}
	})
}

// explain gives an error that the caller's own context made that context's cause.
func explain(ctx context.Context, err error) error {
	e, ok := err.(*Error)
	if !ok || ctx.Err() == nil || e == nil {
		return err
	}
	timeUp := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case e.Code == ErrCancelled && timeUp:
		return contextError(ctx)
	case e.Code == ErrCancelled || e.Code == ErrDeadline && timeUp:
		e.cause = context.Cause(ctx)
	}
	return e
}

// heldOp is an operation that its waiter reads and frees himself.
type heldOp struct {
	opRef
	signal signal
	once   sync.Mutex
	over   bool
}

func (o *heldOp) event(_ *pump, event *C.ltngo_event) {
	if event != nil && event.kind != C.LTN_EVENT_OP_DONE {
		return
	}
	o.once.Lock()
	o.over = true
	o.once.Unlock()
	o.signal.wake()
}

// wait waits for the end, and says how it came out. The operation stays for the caller to free.
func (o *heldOp) wait(ctx context.Context, c *Client) error {
	stop := c.onEnd(ctx, func() {
		o.use(func(op *C.ltn_op) { C.ltn_op_cancel(op) })
		if o.signal.sim != nil {
			o.signal.sim.nudge()
		}
	})
	defer stop()
	background := context.WithoutCancel(ctx)
	for {
		o.once.Lock()
		over := o.over
		o.once.Unlock()
		if over {
			break
		}
		o.signal.wait(background)
	}
	if C.ltn_op_status(o.op) == C.LTN_OK {
		return nil
	}
	return explain(ctx, opError(o.op))
}

func (o *heldOp) free() { C.ltn_op_free(o.take()) }

// Connection is what Connect found.
type Connection struct {
	Key         Key
	Hotkey      string
	Address     string
	Fingerprint string
	Protocol    string
	Setup       time.Duration
	RTT         time.Duration
	ClockOffset time.Duration
}

// Connect reaches and authenticates a peer without a request.
func (c *Client) Connect(ctx context.Context, peer Peer, options ...CallOption) (*Connection, error) {
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	held := &heldOp{signal: newSignal(c.rt.sim)}
	tag, _ := c.register(held, true)
	if err := c.submit(ctx, &held.opRef, C.LTN_OP_CONNECT, tag, peer, "", nil, options); err != nil {
		c.unregister(tag)
		return nil, err
	}
	defer held.free()
	if err := held.wait(ctx, c); err != nil {
		return nil, err
	}
	op := held.op
	found := &Connection{
		Hotkey:      opText(op, C.LTN_DETAIL_HOTKEY),
		Address:     opText(op, C.LTN_DETAIL_ADDRESS),
		Fingerprint: opText(op, C.LTN_DETAIL_FINGERPRINT),
		Protocol:    opText(op, C.LTN_DETAIL_ALPN),
		Setup:       time.Duration(opNumber(op, C.LTN_DETAIL_SETUP_NS)),
		RTT:         time.Duration(opNumber(op, C.LTN_DETAIL_RTT_NS)),
		ClockOffset: time.Duration(opNumber(op, C.LTN_DETAIL_CLOCK_OFFSET_MS)) * time.Millisecond,
	}
	C.ltn_op_peer(op, (*C.uint8_t)(&found.Key[0]))
	return found, nil
}

func opText(op *C.ltn_op, detail C.int32_t) string {
	var text *C.char
	var n C.size_t
	if C.ltn_op_text(op, &text, &n, detail) != C.LTN_OK {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(n)))
}

func opNumber(op *C.ltn_op, detail C.int32_t) int64 {
	var value C.int64_t
	if C.ltn_op_number(op, &value, detail) != C.LTN_OK {
		return 0
	}
	return int64(value)
}
