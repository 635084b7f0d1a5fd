package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"io"
	"iter"
	"runtime"
	"sync"
)

// Stream is a request whose answer is a stream of chunks. Read it to its end or Close it; one that
// is forgotten is ended when the garbage collector finds it.
type Stream struct{ core *streamCore }

// Upload is a request that brings a stream of chunks and is answered once.
type Upload struct{ core *streamCore }

// streamCore is what the client's table holds; the handle that the host has is apart from it, so
// that a forgotten one can be found.
type streamCore struct {
	opRef
	ctx      context.Context
	stop     func() bool
	readable signal
	writable signal
	reading  sync.Mutex
	writing  sync.Mutex
	client   *Client
}

// Stream asks a peer for a stream. The context is that of the whole stream: its end cancels it.
func (c *Client) Stream(ctx context.Context, peer Peer, name string, data any,
	options ...CallOption) (*Stream, error) {
	core, err := c.open(ctx, C.LTN_OP_STREAM, peer, name, data, options)
	if err != nil {
		return nil, err
	}
	stream := &Stream{core}
	runtime.SetFinalizer(stream, func(s *Stream) { s.core.close() })
	return stream, nil
}

// Upload asks a peer with a request that chunks follow (btlightning/2 peers).
func (c *Client) Upload(ctx context.Context, peer Peer, name string, data any,
	options ...CallOption) (*Upload, error) {
	core, err := c.open(ctx, C.LTN_OP_CALL, peer, name, data, append(options, WithSend()))
	if err != nil {
		return nil, err
	}
	upload := &Upload{core}
	runtime.SetFinalizer(upload, func(u *Upload) { u.core.close() })
	return upload, nil
}

func (c *Client) open(ctx context.Context, how C.int32_t, peer Peer, name string, data any,
	options []CallOption) (*streamCore, error) {
	body, err := encode(data)
	if err != nil {
		return nil, err
	}
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	core := &streamCore{ctx: ctx, client: c,
		readable: newSignal(c.rt.sim), writable: newSignal(c.rt.sim)}
	tag, _ := c.register(core, true)
	if err := c.submit(ctx, &core.opRef, how, tag, peer, name, body, options); err != nil {
		c.unregister(tag)
		return nil, err
	}
	core.stop = c.onEnd(ctx, core.cancel)
	return core, nil
}

func (s *streamCore) event(_ *pump, event *C.ltngo_event) {
	if event == nil || event.kind == C.LTN_EVENT_OP_DONE || event.kind == C.LTN_EVENT_READABLE {
		s.readable.wake()
	}
	if event == nil || event.kind == C.LTN_EVENT_OP_DONE || event.kind == C.LTN_EVENT_WRITABLE {
		s.writable.wake()
	}
}

func (s *streamCore) cancel() {
	s.use(func(op *C.ltn_op) { C.ltn_op_cancel(op) })
	if s.client.rt.sim != nil {
		s.client.rt.sim.nudge()
	}
}

// close frees the operation, which cancels what has not ended. No event names it from then on.
func (s *streamCore) close() {
	s.stop()
	if op := s.take(); op != nil {
		tag := uint64(C.ltn_op_tag(op))
		C.ltn_op_free(op)
		s.client.unregister(tag)
		if s.client.rt.sim != nil {
			s.client.rt.sim.nudge()
		}
		s.readable.wake()
		s.writable.wake()
	}
}

// Recv gives the next chunk, io.EOF after the last, or why the stream ended. A context that ends
// leaves the stream as it is.
func (s *Stream) Recv(ctx context.Context) ([]byte, error) {
	defer runtime.KeepAlive(s)
	if !s.core.reading.TryLock() {
		return nil, newError(ErrState, "expected one reader at a time, came a second")
	}
	defer s.core.reading.Unlock()
	return recv(ctx, &s.core.opRef, &s.core.readable, func(op *C.ltn_op) error {
		if C.ltn_op_status(op) == C.LTN_OK {
			return io.EOF
		}
		return explain(s.core.ctx, opError(op))
	})
}

// recv is the read of both sides; ended says what the end of the chunks means.
func recv(ctx context.Context, ref *opRef, readable *signal,
	ended func(op *C.ltn_op) error) ([]byte, error) {
	for {
		var chunk []byte
		var err error
		pending := false
		used := ref.use(func(op *C.ltn_op) {
			var bytes *C.ltn_bytes
			switch status := C.ltn_op_read(op, &bytes, 0); status {
			case C.LTN_OK:
				var data *C.uint8_t
				var n C.size_t
				C.ltngo_bytes(bytes, &data, &n)
				chunk = goBytes(data, n)
				C.ltn_bytes_free(bytes)
			case C.LTN_ERR_PENDING:
				pending = true
			case C.LTN_ERR_EMPTY:
				err = ended(op)
			default:
				err = statusError(status)
			}
		})
		if !used {
			return nil, errClosed("the stream")
		}
		if !pending {
			if readable.sim != nil {
				readable.sim.kick()
			}
			return chunk, err
		}
		if !readable.wait(ctx) {
			return nil, contextError(ctx)
		}
	}
}

// Chunks is Recv as a loop: for chunk, err := range stream.Chunks(ctx). It ends after an error.
func (s *Stream) Chunks(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			chunk, err := s.Recv(ctx)
			if err == io.EOF || !yield(chunk, err) || err != nil {
				return
			}
		}
	}
}

// Collect reads to the end.
func (s *Stream) Collect(ctx context.Context) ([][]byte, error) {
	var chunks [][]byte
	for chunk, err := range s.Chunks(ctx) {
		if err != nil {
			return chunks, err
		}
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

// Send sends a chunk of ours, with WithSend. It waits while the peer is behind.
func (s *Stream) Send(ctx context.Context, chunk []byte) error {
	defer runtime.KeepAlive(s)
	return s.core.send(ctx, chunk)
}

// CloseSend says that no chunk of ours follows.
func (s *Stream) CloseSend() error {
	defer runtime.KeepAlive(s)
	return s.core.endSend()
}

// Close gives the stream up; after its end it only frees it. Always nil.
func (s *Stream) Close() error {
	runtime.SetFinalizer(s, nil)
	s.core.close()
	return nil
}

func (s *streamCore) send(ctx context.Context, chunk []byte) error {
	if !s.writing.TryLock() {
		return newError(ErrState, "expected one writer at a time, came a second")
	}
	defer s.writing.Unlock()
	return send(ctx, &s.opRef, &s.writable, chunk)
}

func send(ctx context.Context, ref *opRef, writable *signal, chunk []byte) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	for {
		var err error
		full := false
		used := ref.use(func(op *C.ltn_op) {
			err = detailed(func(detail *C.ltn_error) C.ltn_status {
				status := C.ltn_op_send(op, bytePointer(chunk), C.size_t(len(chunk)), 0, detail)
				full = status == C.LTN_ERR_FULL
				return status
			})
		})
		if !used {
			return errClosed("the stream")
		}
		if !full {
			if writable.sim != nil {
				writable.sim.kick()
			}
			return err
		}
		if !writable.wait(ctx) {
			return contextError(ctx)
		}
	}
}

func (s *streamCore) endSend() error {
	err := errClosed("the stream")
	var ended error
	if s.use(func(op *C.ltn_op) {
		ended = detailed(func(detail *C.ltn_error) C.ltn_status { return C.ltn_op_end(op, detail) })
	}) {
		return ended
	}
	return err
}

// Send sends a chunk. It waits while the peer is behind.
func (u *Upload) Send(ctx context.Context, chunk []byte) error {
	defer runtime.KeepAlive(u)
	return u.core.send(ctx, chunk)
}

// Finish says that no chunk follows, waits for the answer and frees the upload.
func (u *Upload) Finish(ctx context.Context) (Map, error) {
	raw, err := u.FinishRaw(ctx)
	if err != nil {
		return nil, err
	}
	return raw.Map()
}

// FinishRaw is Finish with an answer in MessagePack bytes.
func (u *Upload) FinishRaw(ctx context.Context) (Raw, error) {
	defer u.Close()
	// A peer that took no more has answered already, or failed: its answer says which.
	if err := u.core.endSend(); err != nil && err.(*Error).Code == ErrClosed && u.core.op == nil {
		return nil, err
	}
	for {
		var answer Raw
		var err error
		pending := false
		used := u.core.use(func(op *C.ltn_op) {
			switch status := C.ltn_op_status(op); status {
			case C.LTN_ERR_PENDING:
				pending = true
			case C.LTN_OK:
				var data *C.uint8_t
				var n C.size_t
				C.ltn_op_data(op, &data, &n)
				answer = goBytes(data, n)
			default:
				err = explain(u.core.ctx, opError(op))
			}
		})
		if !used {
			return nil, errClosed("the upload")
		}
		if !pending {
			return answer, err
		}
		if !u.core.readable.wait(ctx) {
			return nil, contextError(ctx)
		}
	}
}

// Close gives the upload up; after its end it only frees it. Always nil.
func (u *Upload) Close() error {
	runtime.SetFinalizer(u, nil)
	u.core.close()
	return nil
}
