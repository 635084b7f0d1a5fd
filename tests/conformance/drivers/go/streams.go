package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"lightning.invalid/ltn"
)

type stream struct {
	*ltn.Stream
	end     func()
	dropped atomic.Bool
}

func (s *stream) leave() {
	s.dropped.Store(true)
	s.Close()
	s.end()
}

// told says of a stream that was left while it was read that it was cancelled.
func (s *stream) told(err error) error {
	if s.dropped.Load() && errors.Is(err, ltn.ErrClosed) {
		return &ltn.Error{Code: ltn.ErrCancelled, Text: "the stream was left"}
	}
	return err
}

func open(d *driver, r request) (fields, error) {
	c, err := d.client(r)
	if err != nil {
		return nil, err
	}
	peer, err := peerOf(r)
	if err != nil {
		return nil, err
	}
	data, _, err := body(r)
	if err != nil {
		return nil, err
	}
	var set []ltn.CallOption
	var both bool
	if err := r.read("send", &both); err != nil {
		return nil, err
	}
	if both {
		set = append(set, ltn.WithSend())
	}
	ctx, end := d.context(r)
	opened, err := c.Stream(ctx, peer, r.text("type"), data, set...)
	if err != nil {
		end()
		return nil, err
	}
	d.mu.Lock()
	d.streams[r.text("as")] = &stream{Stream: opened, end: end}
	d.mu.Unlock()
	return nil, nil
}

func read(d *driver, r request) (fields, error) {
	s, err := d.stream(r)
	if err != nil {
		return nil, err
	}
	chunk, err := s.Recv(context.Background())
	if err == io.EOF {
		return fields{"end": true}, nil
	}
	if err != nil {
		return nil, s.told(err)
	}
	return fields{"chunk": shown(chunk)}, nil
}

func collect(d *driver, r request) (fields, error) {
	s, err := d.stream(r)
	if err != nil {
		return nil, err
	}
	pause := milliseconds(r.number("slow_ms"))
	sum, chunks, total := sha256.New(), 0, 0
	for {
		time.Sleep(pause)
		chunk, err := s.Recv(context.Background())
		if err == io.EOF {
			return fields{"chunks": chunks, "len": total,
				"sha256": hex.EncodeToString(sum.Sum(nil))}, nil
		}
		if err != nil {
			return nil, s.told(err)
		}
		chunks++
		total += len(chunk)
		sum.Write(chunk)
	}
}

func send(d *driver, r request) (fields, error) {
	s, err := d.stream(r)
	if err != nil {
		return nil, err
	}
	chunk, err := bytesOf(r["chunk"], func(n int) []byte { return make([]byte, n) })
	if err != nil {
		return nil, err
	}
	return nil, s.told(s.Send(context.Background(), chunk))
}

func end(d *driver, r request) (fields, error) {
	s, err := d.stream(r)
	if err != nil {
		return nil, err
	}
	return nil, s.told(s.CloseSend())
}

func drop(d *driver, r request) (fields, error) {
	name := r.text("on")
	d.mu.Lock()
	s := d.streams[name]
	delete(d.streams, name)
	d.mu.Unlock()
	if s != nil {
		s.leave()
	}
	return nil, nil
}
