package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"lightning.invalid/ltn"
)

// asked is what the data of a request may say to a handler.
type asked struct {
	MS   int64 `msgpack:"ms"`
	N    int   `msgpack:"n"`
	Size *int  `msgpack:"size"`
}

// work counts what a server's handlers did, and keeps those that are held.
type work struct {
	mu                        sync.Mutex
	started, ended, cancelled int
	held                      map[string][]chan struct{}
}

func newWork() *work { return &work{held: map[string][]chan struct{}{}} }

func (w *work) seen() fields {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fields{"started": w.started, "ended": w.ended, "cancelled": w.cancelled}
}

func (w *work) begin() {
	w.mu.Lock()
	w.started++
	w.mu.Unlock()
}

func (w *work) over(ctx context.Context) {
	w.mu.Lock()
	w.ended++
	if ctx.Err() != nil {
		w.cancelled++
	}
	w.mu.Unlock()
}

// hold waits for the release of its name.
func (w *work) hold(ctx context.Context, name string) error {
	free := make(chan struct{})
	w.mu.Lock()
	w.held[name] = append(w.held[name], free)
	w.mu.Unlock()
	select {
	case <-free:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, each := range w.held[name] {
		if each == free {
			w.held[name] = append(w.held[name][:i:i], w.held[name][i+1:]...)
			break
		}
	}
	return ctx.Err()
}

func (w *work) release(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := len(w.held[name])
	for _, free := range w.held[name] {
		close(free)
	}
	delete(w.held, name)
	return count
}

// job is one request with what its handler may need.
type job struct {
	*ltn.Request
	name string
	work *work
}

type onceFunc func(ctx context.Context, j *job) (any, error)

func (w *work) once(name string, f onceFunc) ltn.HandlerFunc {
	return func(ctx context.Context, request *ltn.Request) (any, error) {
		w.begin()
		defer w.over(ctx)
		return f(ctx, &job{request, name, w})
	}
}

var errSecret = errors.New("inner secret")

var handlers = map[string]onceFunc{
	"echo": func(_ context.Context, j *job) (any, error) { return j.Data, nil },
	"value": func(_ context.Context, j *job) (any, error) {
		return j.Map()
	},
	"who": func(_ context.Context, j *job) (any, error) {
		return ltn.Map{"hotkey": j.Hotkey}, nil
	},
	"time": func(_ context.Context, j *job) (any, error) {
		if j.Deadline.IsZero() {
			return ltn.Map{"left_ms": nil}, nil
		}
		return ltn.Map{"left_ms": time.Until(j.Deadline).Milliseconds()}, nil
	},
	"sleep": func(ctx context.Context, j *job) (any, error) {
		return j.Data, rest(ctx, j.Request)
	},
	"hold": func(ctx context.Context, j *job) (any, error) {
		return j.Data, j.work.hold(ctx, j.name)
	},
	"throw":   func(context.Context, *job) (any, error) { panic(errSecret) },
	"nothing": func(context.Context, *job) (any, error) { return nil, nil },
	"list":    func(context.Context, *job) (any, error) { return []any{1}, nil },
}

// rest waits as long as the request says, or until nobody waits for it.
func rest(ctx context.Context, request *ltn.Request) error {
	var wish asked
	if err := request.Decode(&wish); err != nil {
		return err
	}
	timer := time.NewTimer(milliseconds(wish.MS))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type streamFunc = ltn.StreamHandlerFunc

func (w *work) stream(f streamFunc) streamFunc {
	return func(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
		w.begin()
		defer w.over(ctx)
		return f(ctx, request, out)
	}
}

var streamHandlers = map[string]streamFunc{
	"count": count,
	"count_throw": func(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
		if err := count(ctx, request, out); err != nil {
			return err
		}
		return errSecret
	},
	"mirror": func(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
		return each(ctx, request, func(chunk []byte) error { return out.Send(ctx, chunk) })
	},
	"sum": func(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
		total := 0
		err := each(ctx, request, func(chunk []byte) error {
			total += len(chunk)
			return nil
		})
		if err != nil {
			return err
		}
		return out.Send(ctx, []byte(fmt.Sprint(total)))
	},
	"endless": func(ctx context.Context, _ *ltn.Request, out *ltn.StreamWriter) error {
		for chunk := make([]byte, 1024); ; {
			if err := out.Send(ctx, chunk); err != nil {
				return err
			}
		}
	},
	"late_chunk": func(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
		if err := rest(ctx, request); err != nil {
			return err
		}
		return out.Send(ctx, []byte("x"))
	},
}

func count(ctx context.Context, request *ltn.Request, out *ltn.StreamWriter) error {
	var wish asked
	if err := request.Decode(&wish); err != nil {
		return err
	}
	size := 1
	if wish.Size != nil {
		size = *wish.Size
	}
	for i := range wish.N {
		if err := out.Send(ctx, bytes.Repeat([]byte{byte(i)}, size)); err != nil {
			return err
		}
	}
	return nil
}

// each gives the chunks of the caller to f.
func each(ctx context.Context, request *ltn.Request, f func(chunk []byte) error) error {
	for {
		chunk, err := request.Recv(ctx)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(chunk)
		}
		if err != nil {
			return err
		}
	}
}
