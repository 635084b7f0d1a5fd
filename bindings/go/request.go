package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"
	"unsafe"
)

// Request is what a peer asks. It is valid until its handler returns, Data for ever.
type Request struct {
	Name     string
	Key      Key // proved
	Hotkey   string
	Address  string
	Data     Raw
	Deadline time.Time // zero without one; on a virtual runtime always
	Left     time.Duration
	Priority int

	ref      opRef
	readable signal
	writable signal
	cancel   context.CancelCauseFunc
	kind     C.int32_t
	tag      uint64
}

// Map is the data in Go's types.
func (r *Request) Map() (Map, error) { return r.Data.Map() }

// Decode reads the data into what v points to.
func (r *Request) Decode(v any) error { return r.Data.Decode(v) }

// Recv gives the next chunk that the caller sends after its request, io.EOF after the last.
// ErrState when it sends none.
func (r *Request) Recv(ctx context.Context) ([]byte, error) {
	chunk, err := recv(ctx, &r.ref, &r.readable, func(*C.ltn_op) error { return io.EOF })
	r.notice(err)
	return chunk, err
}

// notice ends the context of a request that turned out to be withdrawn: the event that says so may
// come later, and a handler that leaves meanwhile should find that nobody waits.
func (r *Request) notice(err error) {
	if err == nil {
		return
	}
	r.ref.use(func(op *C.ltn_op) {
		status := C.ltn_op_status(op)
		if status != C.LTN_OK && status != C.LTN_ERR_PENDING {
			r.cancel(newError(Code(status), "the request was withdrawn"))
		}
	})
}

// StreamWriter sends the chunks of a streamed answer.
type StreamWriter struct{ request *Request }

// Send sends a chunk. It waits while the reader is behind; a request that was withdrawn says why.
func (w *StreamWriter) Send(ctx context.Context, chunk []byte) error {
	err := send(ctx, &w.request.ref, &w.request.writable, chunk)
	w.request.notice(err)
	return err
}

// requestContext adds the deadline that the library keeps: it cancels the context by itself.
type requestContext struct {
	context.Context
	deadline time.Time
}

func (c requestContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (s *Server) dispatch(_ *pump, batch []C.ltngo_event) {
	for i := range batch {
		event := &batch[i]
		switch event.kind {
		case C.LTN_EVENT_QUESTION:
			s.question(event)
		case C.LTN_EVENT_WITHDRAWN, C.LTN_EVENT_READABLE, C.LTN_EVENT_WRITABLE:
			s.mu.Lock()
			request := s.running[event.op]
			s.mu.Unlock()
			if request != nil {
				request.event(event)
			}
		case C.LTN_EVENT_SIGNER_FAILED:
			s.logger.Error("ltn: the signer failed its self-test, the server closes",
				slog.String("status", Code(event.status).String()))
		}
	}
}

func (r *Request) event(event *C.ltngo_event) {
	if event.kind == C.LTN_EVENT_WITHDRAWN {
		r.cancel(newError(Code(event.status), "the request was withdrawn"))
	}
	if event.kind != C.LTN_EVENT_WRITABLE {
		r.readable.wake()
	}
	if event.kind != C.LTN_EVENT_READABLE {
		r.writable.wake()
	}
}

// question starts the goroutine that answers. The bytes stay in the operation until it copies them.
func (s *Server) question(event *C.ltngo_event) {
	base, cancel := context.WithCancelCause(s.base)
	request := &Request{
		kind: event.op_kind, tag: uint64(event.tag), cancel: cancel,
		readable: newSignal(s.rt.sim), writable: newSignal(s.rt.sim),
	}
	request.ref.op = event.op
	ctx := base
	switch event.op_kind {
	case C.LTN_OP_REQUEST, C.LTN_OP_STREAM_REQUEST:
		request.Name = goText(event._type, event.type_len)
		request.Hotkey = goText(event.hotkey, event.hotkey_len)
		request.Address = goText(event.address, event.address_len)
		request.Priority = int(event.priority)
		copy(request.Key[:], unsafe.Slice((*byte)(&event.peer[0]), len(request.Key)))
		if event.deadline_ns >= 0 {
			request.Left = time.Duration(event.deadline_ns)
			if s.rt.sim == nil {
				request.Deadline = time.Now().Add(request.Left)
				ctx = requestContext{base, request.Deadline}
			}
		}
	}
	s.mu.Lock()
	s.running[event.op] = request
	s.mu.Unlock()
	s.work.Add(1)
	if s.rt.sim != nil {
		s.rt.sim.handlerBegins()
	}
	data, n := event.data, event.data_len
	go func() {
		defer s.work.Done()
		if s.rt.sim != nil {
			defer s.rt.sim.handlerEnds()
		}
		if n > 0 {
			request.Data = goBytes(data, n)
		}
		s.serve(ctx, request)
		cancel(nil)
	}()
}

func goText(text *C.char, n C.size_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(n)))
}

// serve runs the handler and answers, whatever the handler does.
func (s *Server) serve(ctx context.Context, request *Request) {
	answer, err := s.run(ctx, request)
	s.mu.Lock()
	op := request.ref.take()
	delete(s.running, op)
	s.mu.Unlock()
	if err != nil {
		text := C.CString(err.Error())
		C.ltngo_refuse(op, text)
		C.free(unsafe.Pointer(text))
		s.report(request, "failed", err)
		return
	}
	var e C.ltngo_error
	if C.ltngo_answer(op, bytePointer(answer), C.size_t(len(answer)), &e) != C.LTN_OK &&
		context.Cause(ctx) == nil {
		s.report(request, "gave an answer that could not be sent", takeError(&e))
	}
}

// report is the host's own log hook: the peer has read a generic text.
func (s *Server) report(request *Request, what string, err error) {
	attributes := []any{slog.String("name", request.Name), slog.String("hotkey", request.Hotkey),
		slog.Any("error", err)}
	var p *panicError
	if errors.As(err, &p) {
		attributes = append(attributes, slog.String("stack", string(p.stack)))
	}
	s.logger.Error("ltn: a handler "+what, attributes...)
}

// panicError is a panic of a handler as an error.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprint("panic: ", p.value) }

func (s *Server) run(ctx context.Context, request *Request) (answer Raw, err error) {
	// Goexit (a test that fails inside a handler) leaves as a panic would, with nothing to recover.
	returned := false
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		} else if !returned {
			err = newError(ErrHandler, "the handler ended its goroutine")
		}
	}()
	s.mu.Lock()
	r := s.routes[request.tag]
	permits, sources := s.permits, s.sources
	s.mu.Unlock()
	switch request.kind {
	case C.LTN_OP_REQUEST:
		if r.unary == nil {
			err = newError(ErrEmpty, "the handler was taken away")
			break
		}
		var data any
		if data, err = r.unary.ServeLightning(ctx, request); err == nil {
			answer, err = encode(data)
		}
	case C.LTN_OP_STREAM_REQUEST:
		if r.stream == nil {
			err = newError(ErrEmpty, "the handler was taken away")
			break
		}
		err = r.stream.ServeLightningStream(ctx, request, &StreamWriter{request})
	case C.LTN_OP_PERMITS:
		var keys []Key
		if keys, err = permits(ctx); err == nil {
			answer = joinKeys(keys)
		}
	case C.LTN_OP_SOURCES:
		var text string
		text, err = sources(ctx)
		answer = Raw(text)
	default:
		err = newError(ErrUnsupported, "a question of a kind that is not known")
	}
	returned = true
	return answer, err
}

func joinKeys(keys []Key) []byte {
	out := make([]byte, 0, len(keys)*len(Key{}))
	for _, key := range keys {
		out = append(out, key[:]...)
	}
	return out
}
