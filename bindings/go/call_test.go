package ltn_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"lightning.invalid/ltn"
)

func TestAnAnswerComesBackAsItWasSent(t *testing.T) {
	r := newVirtual(t).start()
	sent := ltn.Map{
		"text": "ü", "true": true, "nil": nil, "float": 1.5, "bytes": []byte{0, 1, 255},
		"low": int64(math.MinInt64), "high": uint64(math.MaxUint64),
		"list": []any{"a", ltn.Map{"deep": "x"}}, "odd": map[any]any{int8(7): "seven"},
	}
	came, err := r.call("echo", sent)
	must(t, err)
	if !reflect.DeepEqual(came, sent) {
		t.Fatalf("expected %#v, came %#v", sent, came)
	}
}

func TestStructsAndBytesTravelToo(t *testing.T) {
	r := newVirtual(t).start()
	type body struct {
		Text string `msgpack:"text"`
	}
	var came body
	must(t, r.client.CallInto(background(t), r.peer, "echo", body{"hello"}, &came))
	if came.Text != "hello" {
		t.Fatalf("came %q", came.Text)
	}
	raw, err := r.client.CallRaw(background(t), r.peer, "echo", []byte{0x81, 0xa1, 'n', 7})
	must(t, err)
	if string(raw) != "\x81\xa1n\x07" {
		t.Fatalf("came %x", raw)
	}
	empty, err := r.call("echo", nil)
	must(t, err)
	if len(empty) != 0 {
		t.Fatalf("came %v", empty)
	}
}

func TestWrongDataIsRefusedBeforeAnythingIsSent(t *testing.T) {
	r := newVirtual(t).start()
	for _, wrong := range []struct {
		data    any
		timeout time.Duration
		text    string
	}{
		{7, 0, "expected a map as data, came int"},
		{[]any{1}, 0, "expected a map as data, came a list"},
		{ltn.Map{"f": func() {}}, 0, "expected data that MessagePack can hold, came something else"},
		{nil, -time.Second, "expected a time above 0, came a negative one"},
	} {
		_, err := r.call("echo", wrong.data, ltn.Timeout(wrong.timeout))
		wantErr(t, err, ltn.ErrInvalidArgument)
		if err.(*ltn.Error).Text != wrong.text {
			t.Errorf("expected %q, came %q", wrong.text, err)
		}
	}
	_, err := r.client.CallRaw(background(t), r.peer, "echo", []byte{0x93, 1, 2, 3})
	wantErr(t, err, ltn.ErrMalformed)
	started, err := r.client.Stat("calls_started")
	must(t, err)
	if started != 0 {
		t.Fatalf("%d calls were started", started)
	}
}

func TestAKeyThatGoCannotHashIsAnErrorAndNoPanic(t *testing.T) {
	r := newVirtual(t).start()
	// {"m": {[]: 1}}
	raw, err := r.client.CallRaw(background(t), r.peer, "echo", []byte{0x81, 0xa1, 'm', 0x81, 0x90, 1})
	must(t, err)
	_, err = raw.Map()
	wantErr(t, err, ltn.ErrMalformed)
}

func TestAHandlerThatFailsTellsThePeerNothingAndTheLogAll(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleFunc("fail", func(context.Context, *ltn.Request) (any, error) {
		return nil, errors.New("the secret reason")
	}))
	must(t, r.server.HandleFunc("panic", func(context.Context, *ltn.Request) (any, error) {
		panic("the secret panic")
	}))
	must(t, r.server.HandleFunc("odd", func(context.Context, *ltn.Request) (any, error) {
		return 7, nil
	}))
	r.start()
	for _, name := range []string{"fail", "panic", "odd"} {
		_, err := r.call(name, nil)
		wantErr(t, err, ltn.ErrHandler)
		wantErr(t, err, ltn.CategoryHandler)
		if strings.Contains(err.Error(), "secret") {
			t.Fatalf("the peer reads %q", err)
		}
	}
	// The log is written after the answer has left.
	for _, text := range []string{"the secret reason", "the secret panic", "request_test",
		"expected a map as data"} {
		if text == "request_test" {
			text = "stack="
		}
		waitFor(t, text, func() bool { return strings.Contains(r.logs.String(), text) })
	}
}

func TestANameThatNobodyHandlesIsTheHandlersError(t *testing.T) {
	r := newVirtual(t).start()
	_, err := r.call("nobody", nil)
	wantErr(t, err, ltn.ErrHandler)
	must(t, r.server.HandleFunc(ltn.AnyName, func(_ context.Context, q *ltn.Request) (any, error) {
		return ltn.Map{"name": q.Name, "hotkey": q.Hotkey}, nil
	}))
	came, err := r.call("nobody", nil)
	must(t, err)
	if came["name"] != "nobody" || came["hotkey"] != keyOf(t, 2).String() {
		t.Fatalf("came %v", came)
	}
	must(t, r.server.Unhandle(ltn.AnyName))
	wantErr(t, r.server.Unhandle("nobody"), ltn.ErrEmpty)
	_, err = r.call("nobody", nil)
	wantErr(t, err, ltn.ErrHandler)
}

func TestALateAnswerCostsVirtualTimeOnly(t *testing.T) {
	r := newVirtual(t)
	seen := make(chan error, 1)
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		<-ctx.Done()
		seen <- context.Cause(ctx)
		return nil, ctx.Err()
	}))
	r.start()
	begun := time.Now()
	done := make(chan error, 1)
	go func() {
		_, err := r.call("never", nil, ltn.Timeout(10*time.Second))
		done <- err
	}()
	waitFor(t, "the request", func() bool {
		n, _ := r.server.Stat("requests_in_flight")
		return n == 1
	})
	must(t, r.virtual.Advance(background(t), 40*time.Second))
	err := <-done
	wantErr(t, err, ltn.ErrDeadline)
	wantErr(t, err, context.DeadlineExceeded)
	if cause := <-seen; cause == nil {
		t.Fatal("the handler was not told")
	}
	if r.virtual.Now() < 10*time.Second || time.Since(begun) > 9*time.Second {
		t.Fatalf("%v of virtual time took %v", r.virtual.Now(), time.Since(begun))
	}
}

func TestAContextThatEndsCancelsTheCall(t *testing.T) {
	r := newVirtual(t)
	entered := make(chan context.Context, 1)
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		entered <- ctx
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	r.start()
	over, cancel := context.WithCancel(background(t))
	cancel()
	_, err := r.client.Call(over, r.peer, "echo", nil)
	wantErr(t, err, ltn.ErrCancelled)
	wantErr(t, err, context.Canceled)

	why := errors.New("changed my mind")
	ctx, cancelCause := context.WithCancelCause(background(t))
	go func() {
		<-entered
		cancelCause(why)
	}()
	_, err = r.client.Call(ctx, r.peer, "never", nil)
	wantErr(t, err, ltn.ErrCancelled)
	wantErr(t, err, why)
	if n, _ := r.client.Stat("calls_in_flight"); n != 0 {
		t.Fatalf("%d calls are left", n)
	}
}

func TestAPeerThatIsNotThereIsAConnectionError(t *testing.T) {
	r := newVirtual(t).start()
	gone := r.peer
	gone.Address = "10.0.0.9:4000"
	_, err := r.client.Call(background(t), gone, "echo", nil)
	wantErr(t, err, ltn.ErrConnectTimeout)
	wantErr(t, err, ltn.CategoryConnection)
	var e *ltn.Error
	if !errors.As(err, &e) || !e.Retriable || !e.Timeout() {
		t.Fatalf("came %#v", err)
	}
	other := r.peer
	other.Key = keyOf(t, 3)
	_, err = r.client.Call(background(t), other, "echo", nil)
	wantErr(t, err, ltn.CategoryHandshake)
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	run := func(seed uint64) time.Duration {
		virtual := virtualRuntime(t, seed)
		r := newRig(t, virtual.Runtime).start()
		must(t, virtual.SetLoss(200000))
		for i := range 20 {
			_, err := r.call("echo", ltn.Map{"i": i})
			must(t, err)
		}
		return virtual.Now()
	}
	first, second, other := run(7), run(7), run(8)
	if first != second || first == other {
		t.Fatalf("7: %v and %v, 8: %v", first, second, other)
	}
}

func TestManyCallsAtOnceAllEnd(t *testing.T) {
	r := newVirtual(t).start()
	failures := make(chan error, 1000)
	for i := range cap(failures) {
		go func() {
			came, err := r.call("echo", ltn.Map{"text": fmt.Sprint(i)})
			if err == nil && came["text"] != fmt.Sprint(i) {
				err = fmt.Errorf("%d came as %v", i, came)
			}
			failures <- err
		}()
	}
	for range cap(failures) {
		must(t, <-failures)
	}
}

func TestAHandlerMayCallOn(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleFunc("relay", func(ctx context.Context, q *ltn.Request) (any, error) {
		return r.client.CallRaw(ctx, r.peer, "echo", q.Data)
	}))
	r.start()
	came, err := r.call("relay", ltn.Map{"text": "twice"})
	must(t, err)
	if came["text"] != "twice" {
		t.Fatalf("came %v", came)
	}
}
