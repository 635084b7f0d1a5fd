package ltn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"lightning.invalid/ltn"
)

// newLoopback is a rig on real sockets and the process's own runtime.
func newLoopback(t *testing.T) *rig { return newRig(t, nil) }

func TestCallsOneAfterAnotherDriveTheLoopThemselves(t *testing.T) {
	r := newLoopback(t).start()
	for i := range 200 {
		came, err := r.call("echo", ltn.Map{"i": fmt.Sprint(i)})
		must(t, err)
		if came["i"] != fmt.Sprint(i) {
			t.Fatalf("%d came as %v", i, came)
		}
	}
}

// A queue has 65,536 places, and every call that ended leaves its own.
func TestMoreCallsThanAQueueHoldsEndOneAfterAnother(t *testing.T) {
	if os.Getenv("LTN_TEST_SLOW") == "" {
		t.Skip("LTN_TEST_SLOW=1")
	}
	r := newLoopback(t).start()
	for range 70000 {
		_, err := r.client.CallRaw(context.Background(), r.peer, "echo", nil)
		must(t, err)
	}
}

func TestAThousandCallsAtOnceOverSockets(t *testing.T) {
	r := newLoopback(t).start()
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
	// And lone again, once the poller has gone.
	_, err := r.call("echo", nil)
	must(t, err)
}

func TestCancelledAndFinishedCallsMixOverSockets(t *testing.T) {
	r := newLoopback(t)
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	r.start()
	var work sync.WaitGroup
	for i := range 16 {
		work.Add(1)
		go func() {
			defer work.Done()
			for n := range 20 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n%7)*time.Millisecond)
				name := "echo"
				if i%2 == 0 {
					name = "never"
				}
				_, err := r.client.Call(ctx, r.peer, name, nil)
				if err != nil && !errors.Is(err, context.DeadlineExceeded) &&
					!errors.Is(err, ltn.ErrHandler) {
					t.Errorf("came %v", err)
				}
				cancel()
			}
		}()
	}
	work.Wait()
	waitFor(t, "no call in flight", func() bool {
		n, err := r.client.Stat("calls_in_flight")
		return err == nil && n == 0
	})
}

func TestACancelledLoneCallEndsAtOnce(t *testing.T) {
	r := newLoopback(t)
	entered := make(chan struct{})
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		close(entered)
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	r.start()
	ctx, cancel := context.WithCancel(background(t))
	go func() {
		<-entered
		cancel()
	}()
	_, err := r.client.Call(ctx, r.peer, "never", nil)
	wantErr(t, err, context.Canceled)
}

func TestStreamsAndUploadsOverSockets(t *testing.T) {
	r := newLoopback(t)
	must(t, r.server.HandleStreamFunc("count", count))
	must(t, r.server.HandleFunc("size", func(ctx context.Context, q *ltn.Request) (any, error) {
		total := 0
		for {
			chunk, err := q.Recv(ctx)
			if err != nil {
				if err == io.EOF {
					err = nil
				}
				return ltn.Map{"total": fmt.Sprint(total)}, err
			}
			total += len(chunk)
		}
	}))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "count", ltn.Map{"n": 100, "size": 100000})
	must(t, err)
	defer stream.Close()
	chunks, err := stream.Collect(background(t))
	must(t, err)
	if len(chunks) != 100 {
		t.Fatalf("%d chunks came", len(chunks))
	}
	upload, err := r.client.Upload(background(t), r.peer, "size", nil)
	must(t, err)
	for range 100 {
		must(t, upload.Send(background(t), make([]byte, 100000)))
	}
	came, err := upload.Finish(background(t))
	must(t, err)
	if came["total"] != "10000000" {
		t.Fatalf("came %v", came)
	}
}

func TestABigBodyTravelsWhole(t *testing.T) {
	r := newLoopback(t).start()
	body := strings.Repeat("x", 8<<20)
	came, err := r.call("echo", ltn.Map{"text": body})
	must(t, err)
	if came["text"] != body {
		t.Fatal("another body came")
	}
}

func TestTheLibrarysEventsReachTheLogger(t *testing.T) {
	lines := &logs{}
	rt, err := ltn.NewRuntime(ltn.WithLogger(slog.New(slog.NewTextHandler(lines,
		&slog.HandlerOptions{Level: slog.LevelDebug}))), ltn.Set("spin_us", 0))
	must(t, err)
	r := newRig(t, rt).start()
	_, err = r.call("echo", nil)
	must(t, err)
	must(t, r.client.Close(background(t)))
	must(t, r.server.Close(background(t)))
	must(t, rt.Close(background(t)))
	must(t, rt.Close(background(t)))
	if !strings.Contains(lines.String(), "ltn: ") {
		t.Fatalf("the log says %q", lines.String())
	}
}

func TestARuntimeThatClosesEndsItsClientsAndServers(t *testing.T) {
	rt, err := ltn.NewRuntime()
	must(t, err)
	r := newRig(t, rt)
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		go rt.Close(context.Background())
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	r.start()
	_, err = r.call("never", nil)
	if err == nil {
		t.Fatal("the call was answered")
	}
	must(t, rt.Close(background(t)))
	_, err = r.call("echo", nil)
	wantErr(t, err, closedOrShutdown(err))
}

// closedOrShutdown accepts closed and shutdown alike.
func closedOrShutdown(err error) error {
	if errors.Is(err, ltn.ErrShutdown) {
		return ltn.ErrShutdown
	}
	return ltn.ErrClosed
}

func TestAStopLetsRunningRequestsFinish(t *testing.T) {
	r := newLoopback(t)
	entered := make(chan struct{})
	release := make(chan struct{})
	must(t, r.server.HandleFunc("slow", func(context.Context, *ltn.Request) (any, error) {
		close(entered)
		<-release
		return ltn.Map{"done": true}, nil
	}))
	r.start()
	answers := make(chan error, 1)
	go func() {
		_, err := r.call("slow", nil)
		answers <- err
	}()
	<-entered
	over, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	wantErr(t, r.server.Stop(over, longest), ltn.ErrDeadline)
	close(release)
	must(t, <-answers)
	must(t, r.server.Close(background(t)))
}

func TestAServerThatCameBackIsCalledAgain(t *testing.T) {
	r := newLoopback(t).start()
	_, err := r.call("echo", nil)
	must(t, err)
	must(t, r.server.Close(background(t)))
	again := newRig(t, nil, ltn.Set("listen", r.peer.Address)).start()
	waitFor(t, "an answer", func() bool {
		_, err := r.client.Call(background(t), again.peer, "echo", nil)
		return err == nil
	})
}
