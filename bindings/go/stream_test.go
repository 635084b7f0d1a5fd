package ltn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"lightning.invalid/ltn"
)

// count answers with `n` chunks of `size` bytes.
func count(ctx context.Context, request *ltn.Request, writer *ltn.StreamWriter) error {
	var want struct {
		N    int `msgpack:"n"`
		Size int `msgpack:"size"`
	}
	if err := request.Decode(&want); err != nil {
		return err
	}
	for i := range want.N {
		chunk := bytes.Repeat([]byte{byte(i)}, max(want.Size, 1))
		if err := writer.Send(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

func TestChunksComeInOrderAndEnd(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleStreamFunc("count", count))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "count", ltn.Map{"n": 5})
	must(t, err)
	defer stream.Close()
	seen := 0
	for chunk, err := range stream.Chunks(background(t)) {
		must(t, err)
		if len(chunk) != 1 || chunk[0] != byte(seen) {
			t.Fatalf("chunk %d is %x", seen, chunk)
		}
		seen++
	}
	if seen != 5 {
		t.Fatalf("%d chunks came", seen)
	}
	if _, err := stream.Recv(background(t)); err != io.EOF {
		t.Fatalf("after the end came %v", err)
	}
}

func TestASlowReaderHoldsTheWriterAndLosesNothing(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleStreamFunc("count", count))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "count",
		ltn.Map{"n": 200, "size": 65536}, ltn.Window(131072))
	must(t, err)
	defer stream.Close()
	for i := range 200 {
		chunk, err := stream.Recv(background(t))
		must(t, err)
		if len(chunk) != 65536 || chunk[0] != byte(i) {
			t.Fatalf("chunk %d has %d bytes of %d", i, len(chunk), chunk[0])
		}
		runtime.Gosched()
	}
	_, err = stream.Recv(background(t))
	wantErr(t, err, io.EOF)
}

func TestAStreamThatFailsSaysSoAfterItsChunks(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleStreamFunc("half",
		func(ctx context.Context, _ *ltn.Request, w *ltn.StreamWriter) error {
			if err := w.Send(ctx, []byte("one")); err != nil {
				return err
			}
			return errors.New("the secret reason")
		}))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "half", nil)
	must(t, err)
	defer stream.Close()
	chunks, err := stream.Collect(background(t))
	wantErr(t, err, ltn.ErrStream)
	wantErr(t, err, ltn.CategoryStream)
	if len(chunks) != 1 || string(chunks[0]) != "one" {
		t.Fatalf("came %q", chunks)
	}
}

func TestAReaderThatLeavesWithdrawsTheHandler(t *testing.T) {
	r := newVirtual(t)
	ended := make(chan error, 3)
	must(t, r.server.HandleStreamFunc("endless",
		func(ctx context.Context, _ *ltn.Request, w *ltn.StreamWriter) error {
			for {
				if err := w.Send(ctx, make([]byte, 60000)); err != nil {
					ended <- err
					return err
				}
			}
		}))
	r.start()
	// Left by Close.
	stream, err := r.client.Stream(background(t), r.peer, "endless", nil)
	must(t, err)
	_, err = stream.Recv(background(t))
	must(t, err)
	stream.Close()
	_, err = stream.Recv(background(t))
	wantErr(t, err, ltn.ErrClosed)
	// Left by its context.
	ctx, cancel := context.WithCancel(background(t))
	stream, err = r.client.Stream(ctx, r.peer, "endless", nil)
	must(t, err)
	_, err = stream.Recv(background(t))
	must(t, err)
	cancel()
	_, err = stream.Collect(background(t))
	wantErr(t, err, context.Canceled)
	stream.Close()
	// Forgotten.
	func() {
		forgotten, err := r.client.Stream(background(t), r.peer, "endless", nil)
		must(t, err)
		_, err = forgotten.Recv(background(t))
		must(t, err)
	}()
	waitFor(t, "three handlers withdrawn", func() bool {
		runtime.GC()
		_, _ = r.call("echo", nil) // moves the clock
		return len(ended) == 3
	})
}

func TestAContextOfOneReadLeavesTheStreamAsItIs(t *testing.T) {
	r := newVirtual(t)
	release := make(chan struct{})
	must(t, r.server.HandleStreamFunc("late",
		func(ctx context.Context, _ *ltn.Request, w *ltn.StreamWriter) error {
			<-release
			return w.Send(ctx, []byte("late"))
		}))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "late", nil)
	must(t, err)
	defer stream.Close()
	over, cancel := context.WithCancel(background(t))
	cancel()
	_, err = stream.Recv(over)
	wantErr(t, err, context.Canceled)
	close(release)
	chunk, err := stream.Recv(background(t))
	must(t, err)
	if string(chunk) != "late" {
		t.Fatalf("came %q", chunk)
	}
}

func TestChunksOfTheCallerAreAnsweredOnce(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleFunc("sum", func(ctx context.Context, q *ltn.Request) (any, error) {
		total := 0
		for {
			chunk, err := q.Recv(ctx)
			if err == io.EOF {
				return ltn.Map{"total": total}, nil
			}
			if err != nil {
				return nil, err
			}
			total += len(chunk)
		}
	}))
	r.start()
	upload, err := r.client.Upload(background(t), r.peer, "sum", nil)
	must(t, err)
	for range 50 {
		must(t, upload.Send(background(t), make([]byte, 50000)))
	}
	answer, err := upload.Finish(background(t))
	must(t, err)
	if fmt.Sprint(answer["total"]) != "2500000" {
		t.Fatalf("came %v", answer)
	}
	wantErr(t, upload.Send(background(t), nil), ltn.ErrClosed)
	// A request without chunks has none to read.
	_, err = r.call("sum", nil)
	wantErr(t, err, ltn.ErrHandler)
}

func TestBothSidesStreamAtOnce(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.HandleStreamFunc("double",
		func(ctx context.Context, q *ltn.Request, w *ltn.StreamWriter) error {
			for {
				chunk, err := q.Recv(ctx)
				if err == io.EOF {
					return nil
				}
				if err == nil {
					err = w.Send(ctx, append(chunk, chunk...))
				}
				if err != nil {
					return err
				}
			}
		}))
	r.start()
	stream, err := r.client.Stream(background(t), r.peer, "double", nil, ltn.WithSend())
	must(t, err)
	defer stream.Close()
	for _, text := range []string{"a", "bc"} {
		must(t, stream.Send(background(t), []byte(text)))
		chunk, err := stream.Recv(background(t))
		must(t, err)
		if string(chunk) != text+text {
			t.Fatalf("came %q", chunk)
		}
	}
	must(t, stream.CloseSend())
	wantErr(t, stream.CloseSend(), ltn.ErrState)
	_, err = stream.Recv(background(t))
	wantErr(t, err, io.EOF)
}
