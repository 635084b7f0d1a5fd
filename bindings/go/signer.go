package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"unsafe"
)

// Signer answers "sign these bytes". One may serve any number of clients and servers; it lasts until
// it and all of them are closed.
type Signer struct {
	handle *C.ltn_signer
	asks   *asking // of a callback signer

	mu     sync.Mutex
	users  int
	closed bool
}

// SignFunc signs a message with the signing context "substrate": 64 bytes. It may take its time (the
// option signer_timeout_ms) and runs on a goroutine of its own; the context ends when nobody waits.
type SignFunc func(ctx context.Context, message []byte) ([]byte, error)

// NewSeedSigner holds the secret itself, in locked memory. Wipe your copy of the seed.
func NewSeedSigner(seed Seed) (*Signer, error) {
	return newSigner(func(out **C.ltn_signer, detail *C.ltn_error) C.ltn_status {
		return C.ltn_signer_new_seed(out, (*C.uint8_t)(&seed[0]), detail)
	})
}

// NewKeyFileSigner reads a key file.
func NewKeyFileSigner(path string) (*Signer, error) {
	text := C.CString(path)
	defer C.free(unsafe.Pointer(text))
	return newSigner(func(out **C.ltn_signer, detail *C.ltn_error) C.ltn_status {
		return C.ltn_signer_new_key_file(out, text, detail)
	})
}

func newSigner(make func(out **C.ltn_signer, detail *C.ltn_error) C.ltn_status) (*Signer, error) {
	signer := &Signer{}
	err := detailed(func(detail *C.ltn_error) C.ltn_status { return make(&signer.handle, detail) })
	if err != nil {
		return nil, err
	}
	return signer, nil
}

// NewCallbackSigner asks sign. key is the public key that it signs for. Failures of sign go to
// slog.Default.
func NewCallbackSigner(key Key, sign SignFunc) (*Signer, error) {
	if sign == nil {
		return nil, newError(ErrInvalidArgument, "expected a function as signer, came nothing")
	}
	asks := &asking{sign: sign, running: map[*C.ltn_op]context.CancelFunc{}}
	var err error
	if asks.pump, err = newPump(asks); err != nil {
		return nil, err
	}
	signer, err := newSigner(func(out **C.ltn_signer, detail *C.ltn_error) C.ltn_status {
		return C.ltn_signer_new_queue(out, (*C.uint8_t)(&key[0]), asks.pump.queue, 1, detail)
	})
	if err != nil {
		asks.pump.close()
		asks.pump.free()
		return nil, err
	}
	signer.asks = asks
	return signer, nil
}

// PublicKey is whom it signs for.
func (s *Signer) PublicKey() (Key, error) {
	var key Key
	err := s.use(func() error {
		return statusError(C.ltn_signer_public_key(s.handle, (*C.uint8_t)(&key[0])))
	})
	return key, err
}

// Warning says what is not as it should be with a signer that works; mostly nothing.
func (s *Signer) Warning() string {
	text := ""
	_ = s.use(func() error {
		text = C.GoString(C.ltn_signer_warning(s.handle))
		return nil
	})
	return text
}

// Sign signs a text that never reaches a peer. ErrUnsupported for a callback signer.
func (s *Signer) Sign(message []byte) ([]byte, error) {
	signature := make([]byte, C.LTN_SIGNATURE_LEN)
	err := s.use(func() error {
		return statusError(C.ltn_signer_sign(s.handle, (*C.uint8_t)(&signature[0]),
			somePointer(message), C.size_t(len(message))))
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}

func (s *Signer) use(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed("the signer")
	}
	return f()
}

// hold takes a reference for a client or server on this runtime.
func (s *Signer) hold(rt *Runtime) (*Signer, error) {
	if s == nil {
		return nil, newError(ErrInvalidArgument, "expected a signer, came nothing")
	}
	err := s.use(func() error {
		if s.asks != nil {
			if err := s.asks.begin(rt.sim); err != nil {
				return err
			}
		}
		s.users++
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Signer) release() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.users--
	last := s.closed && s.users == 0
	s.mu.Unlock()
	if last {
		s.free()
	}
}

// Close lets go of it: clients and servers that have it go on. Always nil.
func (s *Signer) Close() error {
	s.mu.Lock()
	last := !s.closed && s.users == 0
	s.closed = true
	s.mu.Unlock()
	if last {
		s.free()
	}
	return nil
}

func (s *Signer) free() {
	C.ltn_signer_free(s.handle)
	if s.asks != nil {
		s.asks.end()
	}
}

// asking drains the questions of a callback signer.
type asking struct {
	sign SignFunc
	pump *pump
	sim  *simulation
	gone <-chan struct{}

	mu      sync.Mutex
	running map[*C.ltn_op]context.CancelFunc
	work    sync.WaitGroup
}

// begin starts the drain with the first client or server. One virtual runtime only: a queue is
// drained by one simulation.
func (a *asking) begin(sim *simulation) error {
	if a.gone != nil {
		if a.sim != sim {
			return newError(ErrState, "expected a callback signer on one virtual runtime, came a second")
		}
		return nil
	}
	a.sim = sim
	if sim != nil {
		a.gone = sim.add(a.pump)
		return nil
	}
	gone := make(chan struct{})
	a.gone = gone
	go func() {
		defer close(gone)
		for {
			if _, open := a.pump.collect(noEnd); !open {
				return
			}
		}
	}()
	return nil
}

func (a *asking) end() {
	a.pump.close()
	if a.gone != nil && a.sim == nil {
		<-a.gone
	} else if a.gone != nil {
		a.sim.kick()
		select {
		case <-a.gone:
		case <-a.sim.done:
		}
	}
	// The closed queue has dropped what was in it, withdrawals too.
	a.mu.Lock()
	for _, cancel := range a.running {
		cancel()
	}
	a.mu.Unlock()
	a.work.Wait()
	a.pump.free()
}

func (a *asking) dispatch(_ *pump, batch []C.ltngo_event) {
	for i := range batch {
		event := &batch[i]
		switch event.kind {
		case C.LTN_EVENT_QUESTION:
			ctx, cancel := context.WithCancel(context.Background())
			if a.sim != nil {
				ctx = context.WithValue(ctx, simHandler{}, a.sim)
				a.sim.handlerBegins()
			}
			a.mu.Lock()
			a.running[event.op] = cancel
			a.mu.Unlock()
			a.work.Add(1)
			go a.answer(ctx, cancel, event.op, goBytes(event.data, event.data_len))
		case C.LTN_EVENT_WITHDRAWN:
			a.mu.Lock()
			if cancel := a.running[event.op]; cancel != nil {
				cancel()
			}
			a.mu.Unlock()
		}
	}
}

func (a *asking) answer(ctx context.Context, cancel context.CancelFunc, op *C.ltn_op,
	message []byte) {
	defer a.work.Done()
	defer cancel()
	if a.sim != nil {
		defer a.sim.handlerEnds()
	}
	signature, err := a.ask(ctx, message)
	a.mu.Lock()
	delete(a.running, op)
	a.mu.Unlock()
	if err != nil {
		slog.Error("ltn: a signer failed", slog.Any("error", err))
		text := C.CString(err.Error())
		C.ltngo_refuse(op, text)
		C.free(unsafe.Pointer(text))
		return
	}
	var e C.ltngo_error
	if C.ltngo_answer(op, bytePointer(signature), C.size_t(len(signature)), &e) != C.LTN_OK &&
		ctx.Err() == nil {
		slog.Error("ltn: a signature was not taken", slog.Any("error", takeError(&e)))
	}
}

func (a *asking) ask(ctx context.Context, message []byte) (signature []byte, err error) {
	returned := false
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		} else if !returned {
			err = newError(ErrSigner, "the signer ended its goroutine")
		}
	}()
	signature, err = a.sign(ctx, message)
	if err == nil && len(signature) != C.LTN_SIGNATURE_LEN {
		err = newError(ErrSigner,
			fmt.Sprintf("expected a signature of %d bytes, came %d", C.LTN_SIGNATURE_LEN, len(signature)))
	}
	returned = true
	return signature, err
}
