package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Handler answers a request with a map, a struct, MessagePack bytes or nil, or with an error: the
// peer then reads a generic text, the logger gets the error.
type Handler interface {
	ServeLightning(ctx context.Context, request *Request) (data any, err error)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, request *Request) (data any, err error)

// ServeLightning calls f.
func (f HandlerFunc) ServeLightning(ctx context.Context, request *Request) (any, error) {
	return f(ctx, request)
}

// StreamHandler answers a request with chunks; the stream ends when it returns.
type StreamHandler interface {
	ServeLightningStream(ctx context.Context, request *Request, writer *StreamWriter) error
}

// StreamHandlerFunc is a function as a StreamHandler.
type StreamHandlerFunc func(ctx context.Context, request *Request, writer *StreamWriter) error

// ServeLightningStream calls f.
func (f StreamHandlerFunc) ServeLightningStream(ctx context.Context, request *Request,
	writer *StreamWriter) error {
	return f(ctx, request, writer)
}

// Server answers peers that proved their key. Each request has a goroutine; how many at once is an
// option (max_requests_in_flight).
type Server struct {
	handle   *C.ltn_server
	rt       *Runtime
	signer   *Signer
	logger   *slog.Logger
	gate     gate
	closer   closer
	pump     *pump
	gone     <-chan struct{}
	observer *observer
	base     context.Context
	work     sync.WaitGroup

	mu      sync.Mutex
	started bool
	tags    map[string]uint64 // stable for a name, so that a replaced handler leaves nothing behind
	lastTag uint64
	routes  map[uint64]route
	permits func(ctx context.Context) ([]Key, error)
	sources func(ctx context.Context) (string, error)
	running map[*C.ltn_op]*Request
}

type route struct {
	unary  Handler
	stream StreamHandler
}

// Tags that are no handler's.
const (
	tagPermits = 1
	tagSources = 2
	tagDefault = 3
	tagFirst   = 4
)

// NewServer makes a server. Set("listen", "ip:port") says where; the default is loopback and a free
// port.
func NewServer(signer *Signer, options ...Option) (*Server, error) {
	set, err := collectSettings(options)
	if err != nil {
		return nil, err
	}
	s := &Server{
		logger: set.logger, base: context.Background(),
		tags: map[string]uint64{}, lastTag: tagFirst,
		routes: map[uint64]route{}, running: map[*C.ltn_op]*Request{},
	}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if s.rt, err = attach(set.runtime); err != nil {
		return nil, err
	}
	if s.rt.sim != nil {
		s.base = context.WithValue(s.base, simHandler{}, s.rt.sim)
	}
	if err := s.make(signer, set); err != nil {
		s.abandon()
		return nil, err
	}
	return s, nil
}

func (s *Server) make(signer *Signer, set *settings) error {
	var err error
	if s.signer, err = signer.hold(s.rt); err != nil {
		return err
	}
	if s.pump, err = newPump(s); err != nil {
		return err
	}
	err = detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_server_new(&s.handle, s.rt.handle, s.signer.handle, detail)
	})
	if err != nil {
		return err
	}
	for _, option := range set.sets {
		if err := s.set(option.name, option.value); err != nil {
			return err
		}
	}
	if set.config != nil {
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_set_config(s.handle, set.config.handle, detail)
		})
		if err != nil {
			return err
		}
	}
	return statusError(C.ltn_server_deliver_queue(s.handle, s.pump.queue))
}

func (s *Server) abandon() {
	if s.observer != nil {
		s.observer.closed()
	}
	C.ltn_server_free(s.handle)
	if s.pump != nil {
		s.pump.close()
		s.pump.free()
	}
	s.signer.release()
	_ = s.rt.detach(context.Background())
}

func (s *Server) set(name, value string) error {
	return setOption(func(name, value *C.char, detail *C.ltn_error) C.ltn_status {
		return C.ltn_server_set(s.handle, name, value, detail)
	}, name, value)
}

// inside runs f unless the server is closed.
func (s *Server) inside(f func() error) error {
	if !s.gate.enter() {
		return errClosed("the server")
	}
	defer s.gate.leave()
	return f()
}

// Set sets an option, after Start those of docs/options.md that change at any time.
func (s *Server) Set(name string, value any) error {
	text, err := optionText(name, value)
	if err != nil {
		return err
	}
	return s.inside(func() error { return s.set(name, text) })
}

// AnyName stands for every name that nobody else handles. No peer can call it.
const AnyName = "\x00"

// Handle says who answers requests of this name; the last registration wins. AnyName is whoever no
// other name fits.
func (s *Server) Handle(name string, handler Handler) error {
	return s.register(name, route{unary: handler}, handler == nil)
}

// HandleFunc is Handle with a function.
func (s *Server) HandleFunc(name string,
	handler func(ctx context.Context, request *Request) (any, error)) error {
	return s.register(name, route{unary: HandlerFunc(handler)}, handler == nil)
}

// HandleStream says who answers requests of this name with a stream.
func (s *Server) HandleStream(name string, handler StreamHandler) error {
	return s.register(name, route{stream: handler}, handler == nil)
}

// HandleStreamFunc is HandleStream with a function.
func (s *Server) HandleStreamFunc(name string,
	handler func(ctx context.Context, request *Request, writer *StreamWriter) error) error {
	return s.register(name, route{stream: StreamHandlerFunc(handler)}, handler == nil)
}

func (s *Server) register(name string, r route, missing bool) error {
	if missing {
		return newError(ErrInvalidArgument, "expected a function as handler, came nothing")
	}
	cName, err := handlerName(name)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		tag := uint64(tagDefault)
		if name != AnyName {
			var known bool
			if tag, known = s.tags[name]; !known {
				s.lastTag++
				tag = s.lastTag
			}
		}
		before, had := s.routes[tag]
		s.routes[tag] = r
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			if r.stream != nil {
				return C.ltn_server_handle_stream(s.handle, cName, C.uint64_t(tag), nil, nil, nil, detail)
			}
			return C.ltn_server_handle(s.handle, cName, C.uint64_t(tag), nil, nil, nil, detail)
		})
		switch {
		case err == nil && name != AnyName:
			s.tags[name] = tag
		case err != nil && had:
			s.routes[tag] = before
		case err != nil:
			delete(s.routes, tag)
		}
		return err
	})
}

func handlerName(name string) (*C.char, error) {
	if name == AnyName {
		return nil, nil
	}
	if strings.IndexByte(name, 0) >= 0 {
		return nil, newError(ErrInvalidArgument, "expected a name without a zero byte, came one")
	}
	return C.CString(name), nil
}

// Unhandle takes a name away; requests under way go on. ErrEmpty when there was none.
func (s *Server) Unhandle(name string) error {
	cName, err := handlerName(name)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := statusError(C.ltn_server_unhandle(s.handle, cName))
		if err == nil {
			tag := uint64(tagDefault)
			if name != AnyName {
				tag = s.tags[name]
				delete(s.tags, name)
			}
			delete(s.routes, tag)
		}
		return err
	})
}

// Start binds, begins the self-test of the signer and gives the address. Peers are admitted once
// the test has passed.
func (s *Server) Start(ctx context.Context) (address string, err error) {
	if ctx.Err() != nil {
		return "", contextError(ctx)
	}
	err = s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_start(s.handle, detail)
		})
		if err != nil {
			return err
		}
		s.started = true
		if s.rt.sim != nil {
			s.gone = s.rt.sim.add(s.pump)
		} else {
			gone := make(chan struct{})
			s.gone = gone
			go s.drain(gone)
		}
		address, err = s.address()
		return err
	})
	return address, err
}

func (s *Server) address() (string, error) {
	var out [128]C.char
	var n C.size_t
	status := C.ltn_server_address(s.handle, &out[0], C.size_t(len(out)), &n)
	return C.GoStringN(&out[0], C.int(n)), statusError(status)
}

// Address is the bound address.
func (s *Server) Address() (address string, err error) {
	err = s.inside(func() error {
		address, err = s.address()
		return err
	})
	return address, err
}

// drain takes questions for as long as the queue is open, doing the network work while it waits.
func (s *Server) drain(gone chan struct{}) {
	defer close(gone)
	for {
		if _, open := s.pump.collect(noEnd); !open {
			return
		}
	}
}

// Stop lets running requests finish for up to drain, withdraws the rest, and closes as Close does.
func (s *Server) Stop(ctx context.Context, drain time.Duration) error {
	if err := s.Set("drain_timeout_ms", drain); err != nil {
		return err
	}
	return s.Close(ctx)
}

// Close withdraws what runs (after drain_timeout_ms), waits until the server has closed and its
// handlers have returned. When the context ends first it fails and may be called again.
func (s *Server) Close(ctx context.Context) error {
	return s.closer.run(ctx, func(ctx context.Context) error {
		empty := s.gate.close()
		C.ltn_server_stop(s.handle)
		s.mu.Lock()
		started := s.started
		s.mu.Unlock()
		if started {
			err := s.rt.await(ctx, func(timeoutMS int64) C.ltn_status {
				return C.ltn_server_wait(s.handle, C.int64_t(timeoutMS))
			})
			if err != nil {
				return err
			}
		}
		select {
		case <-empty:
		case <-ctx.Done():
			return contextError(ctx)
		}
		s.pump.close()
		if s.gone != nil {
			s.awaitPump()
		}
		if err := s.awaitHandlers(ctx); err != nil {
			return err
		}
		s.pump.free()
		C.ltn_server_free(s.handle)
		if s.rt.sim != nil {
			s.rt.sim.nudge()
		}
		if s.observer != nil {
			s.observer.closed()
			<-s.observer.done
		}
		s.signer.release()
		return s.rt.detach(ctx)
	})
}

// awaitHandlers tells those that still run, whose withdrawal the closed queue may have dropped, and waits
// for them.
func (s *Server) awaitHandlers(ctx context.Context) error {
	s.mu.Lock()
	for _, request := range s.running {
		request.cancel(newError(ErrShutdown, "the server closes"))
	}
	s.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		s.work.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

func (s *Server) awaitPump() {
	if s.rt.sim == nil {
		<-s.gone
		return
	}
	select {
	case <-s.gone:
	case <-s.rt.sim.done:
	}
}

// Sighting is an accepted handshake.
type Sighting struct {
	Key     Key
	Hotkey  string
	Address string
}

// Observe is told of every accepted handshake, on a goroutine of its own; nothing waits for it, and
// of more than 1,024 that wait the newest are dropped. Before Start, once.
func (s *Server) Observe(f func(Sighting)) error {
	if f == nil {
		return newError(ErrInvalidArgument, "expected a function as observer, came nothing")
	}
	return s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.observer != nil || s.started {
			return newError(ErrState, "expected one observer before start, came another or later")
		}
		s.observer = newObserver(f)
		return statusError(C.ltngo_server_observe(s.handle, C.uintptr_t(cgo.NewHandle(s.observer))))
	})
}
