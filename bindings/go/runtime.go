package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"sync"
	"time"
)

// Runtime is the loop that clients and servers run on. Without WithRuntime all of a process share
// one, which exists while one of them does.
type Runtime struct {
	handle *C.ltn_runtime
	sim    *simulation
	sink   *logSink
	closer closer

	mu     sync.Mutex
	users  int
	closed bool
	shared bool
}

var sharedRuntime struct {
	mu sync.Mutex
	rt *Runtime
}

// NewRuntime makes a runtime with a thread of the library's own. Options: Set (docs/options.md,
// "runtime"), WithConfig, WithLogger.
func NewRuntime(options ...Option) (*Runtime, error) {
	return newRuntime(options, func(out **C.ltn_runtime, detail *C.ltn_error) C.ltn_status {
		return C.ltn_runtime_new(out, C.LTN_DRIVE_THREAD, detail)
	})
}

func newRuntime(options []Option,
	make func(out **C.ltn_runtime, detail *C.ltn_error) C.ltn_status) (*Runtime, error) {
	s, err := collectSettings(options)
	if err != nil {
		return nil, err
	}
	var handle *C.ltn_runtime
	err = detailed(func(detail *C.ltn_error) C.ltn_status { return make(&handle, detail) })
	if err != nil {
		return nil, err
	}
	rt := &Runtime{handle: handle}
	if err := rt.configure(s); err != nil {
		C.ltn_runtime_free(handle)
		return nil, err
	}
	return rt, nil
}

func (rt *Runtime) configure(s *settings) error {
	for _, set := range s.sets {
		err := setOption(func(name, value *C.char, detail *C.ltn_error) C.ltn_status {
			return C.ltn_runtime_set(rt.handle, name, value, detail)
		}, set.name, set.value)
		if err != nil {
			return err
		}
	}
	if s.config != nil {
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_runtime_set_config(rt.handle, s.config.handle, detail)
		})
		if err != nil {
			return err
		}
	}
	if s.logger == nil {
		return nil
	}
	rt.sink = newLogSink(s.logger)
	// The destroy function runs once whatever happens: it ends the sink.
	return statusError(C.ltngo_runtime_set_log(rt.handle, logLevel(s.logger),
		C.uintptr_t(cgo.NewHandle(rt.sink))))
}

// logLevel asks the logger once what it is interested in, so that the library need not format the
// rest.
func logLevel(logger *slog.Logger) C.int32_t {
	ctx := context.Background()
	switch {
	case logger.Enabled(ctx, slog.LevelDebug):
		return C.LTN_LOG_DEBUG
	case logger.Enabled(ctx, slog.LevelInfo):
		return C.LTN_LOG_INFO
	case logger.Enabled(ctx, slog.LevelWarn):
		return C.LTN_LOG_WARNING
	}
	return C.LTN_LOG_ERROR
}

// attach takes a reference for a client or server: freeing the runtime would stop it.
func attach(rt *Runtime) (*Runtime, error) {
	if rt == nil {
		sharedRuntime.mu.Lock()
		defer sharedRuntime.mu.Unlock()
		if sharedRuntime.rt == nil {
			made, err := NewRuntime()
			if err != nil {
				return nil, err
			}
			made.shared = true
			sharedRuntime.rt = made
		}
		sharedRuntime.rt.users++
		return sharedRuntime.rt, nil
	}
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed {
		return nil, errClosed("the runtime")
	}
	rt.users++
	return rt, nil
}

// detach gives the reference back; the last user of the shared runtime ends it.
func (rt *Runtime) detach(ctx context.Context) error {
	if !rt.shared {
		rt.mu.Lock()
		rt.users--
		last := rt.closed && rt.users == 0
		rt.mu.Unlock()
		if last {
			C.ltn_runtime_free(rt.handle)
		}
		return nil
	}
	sharedRuntime.mu.Lock()
	rt.users--
	last := rt.users == 0
	if last {
		sharedRuntime.rt = nil
	}
	sharedRuntime.mu.Unlock()
	if !last {
		return nil
	}
	// Everything on it has closed, so this is short; a context that ended must not leave a thread.
	return rt.Close(context.WithoutCancel(ctx))
}

// Close stops every client and server of the runtime and waits until nothing of it runs. When the
// context ends first it fails and may be called again.
func (rt *Runtime) Close(ctx context.Context) error {
	return rt.closer.run(ctx, func(ctx context.Context) error {
		C.ltn_runtime_stop(rt.handle)
		err := rt.await(ctx, func(timeoutMS int64) C.ltn_status {
			return C.ltn_runtime_wait(rt.handle, C.int64_t(timeoutMS))
		})
		if err != nil {
			return err
		}
		if rt.sim != nil {
			rt.sim.end()
		}
		rt.mu.Lock()
		rt.closed = true
		last := rt.users == 0
		rt.mu.Unlock()
		if last {
			C.ltn_runtime_free(rt.handle)
			if rt.sink != nil {
				<-rt.sink.done
			}
		}
		return nil
	})
}

// await repeats a wait of the library in slices until it has ended or the context has.
func (rt *Runtime) await(ctx context.Context, wait func(timeoutMS int64) C.ltn_status) error {
	if rt.sim != nil {
		return rt.sim.until(ctx, func() bool { return wait(0) != C.LTN_ERR_PENDING })
	}
	for {
		status := wait(sliceMS)
		if status != C.LTN_ERR_PENDING {
			return statusError(status)
		}
		if ctx.Err() != nil {
			return contextError(ctx)
		}
	}
}

// nap lets others go on; only closes that meet wait like this.
func nap(ctx context.Context) error {
	timer := time.NewTimer(time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}
