package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"lightning.invalid/ltn"
)

// lines is the host's log: what came since the last time.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (l *lines) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	line.WriteString(record.Level.String() + " " + record.Message)
	record.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&line, " %s", a)
		return true
	})
	l.mu.Lock()
	l.text = append(l.text, strings.ReplaceAll(line.String(), "\n", " | "))
	l.mu.Unlock()
	return nil
}

func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

func logged(d *driver, _ request) (fields, error) {
	d.logs.mu.Lock()
	defer d.logs.mu.Unlock()
	out := append([]string{}, d.logs.text...)
	d.logs.text = nil
	return fields{"lines": out}, nil
}

// second makes a call from a thread and a runtime of its own.
func second(_ *driver, r request) (fields, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx := context.Background()
	rt, err := ltn.NewRuntime()
	if err != nil {
		return nil, err
	}
	defer rt.Close(ctx)
	c, _, err := newClient(r, rt)
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	peer, err := peerOf(r)
	if err != nil {
		return nil, err
	}
	answer, err := c.CallRaw(ctx, peer, "echo", nil)
	if err != nil {
		return nil, err
	}
	return answerOf(answer, false)
}

func hotkey(_ *driver, r request) (fields, error) {
	if r.has("text") {
		key, err := ltn.ParseKey(r.text("text"))
		return fields{"key": hex.EncodeToString(key[:])}, err
	}
	key, err := keyOf(r.text("key"))
	return fields{"text": key.String()}, err
}

func verify(_ *driver, r request) (fields, error) {
	key, err := keyOf(r.text("key"))
	if err != nil {
		return nil, err
	}
	message, err := hex.DecodeString(r.text("message"))
	if err != nil {
		return nil, err
	}
	signature, err := hex.DecodeString(r.text("signature"))
	if err != nil {
		return nil, err
	}
	return fields{"good": key.Verify(message, signature) == nil}, nil
}

func constant(_ *driver, r request) (fields, error) {
	value, err := ltn.Constant(r.text("name"))
	return fields{"value": value}, err
}

func versions(*driver, request) (fields, error) {
	abi, err := ltn.Constant("LTN_ABI_VERSION")
	return fields{"library": ltn.Version(), "abi": abi}, err
}
