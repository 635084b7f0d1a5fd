// Command ltn-conformance offers the Go binding to the conformance suite: one JSON object per line, as
// tests/conformance/PROTOCOL.md says.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"

	"lightning.invalid/ltn"
)

// lacks is what Go's compiler or its way of life rules out.
var lacks = []string{
	"fork: a Go program cannot go on after a fork",
	"twice: a function returns once",
	"forget client: it is open until it is closed, as a file or a connection of the standard library",
	"forget server: one that was started goes on, as net/http has it",
	"wrong timeout_text: the compiler refuses it",
	"wrong timeout_huge: every duration is one that the library takes",
	"wrong type_number: the compiler refuses it",
	"wrong seed_short: the length is part of the type",
}

// errUnknown is a command, or a part of one, that this language does not have.
var errUnknown = errors.New("unknown")

// request is a line of the runner. Numbers are kept as they stand there.
type request map[string]json.RawMessage

func (r request) has(name string) bool { return len(r[name]) > 0 && string(r[name]) != "null" }

// read fills out from a part of the request; a part that is missing leaves it as it is.
func (r request) read(name string, out any) error {
	if len(r[name]) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(r[name]))
	decoder.UseNumber()
	return decoder.Decode(out)
}

func (r request) text(name string) string {
	out := ""
	_ = r.read(name, &out)
	return out
}

func (r request) number(name string) int64 {
	var out int64
	_ = r.read(name, &out)
	return out
}

type fields = map[string]any

// driver is what the runner has made so far.
type driver struct {
	rt   *ltn.Runtime
	logs *lines
	work sync.WaitGroup

	mu      sync.Mutex
	clients map[string]*ltn.Client
	servers map[string]*server
	streams map[string]*stream
	cancels map[string]func()
	named   map[string]context.Context // of operations with a name that have not begun
}

type command func(d *driver, r request) (fields, error)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		slog.Error("conformance", slog.Any("error", err))
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	logs := &lines{}
	logger := slog.New(logs)
	slog.SetDefault(logger)
	rt, err := ltn.NewRuntime(ltn.WithLogger(logger))
	if err != nil {
		return err
	}
	d := &driver{rt: rt, logs: logs, clients: map[string]*ltn.Client{},
		servers: map[string]*server{}, streams: map[string]*stream{}, cancels: map[string]func(){},
		named: map[string]context.Context{}}
	say := speaker(out)
	say(fields{"driver": "go", "version": ltn.Version(), "lacks": lacks})
	reader := bufio.NewReader(in)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			break
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		// Here, so that a cancel that follows finds it.
		if name := r.text("name"); name != "" && operations[r.text("do")] {
			d.reserve(name)
		}
		d.work.Add(1)
		go func() {
			defer d.work.Done()
			reply := d.answer(r)
			reply["id"] = r["id"]
			say(reply)
		}()
	}
	return d.end()
}

// speaker writes whole lines from any goroutine.
func speaker(out io.Writer) func(fields) {
	var mu sync.Mutex
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return func(line fields) {
		mu.Lock()
		defer mu.Unlock()
		if err := encoder.Encode(line); err != nil {
			slog.Error("conformance: no answer", slog.Any("error", err))
		}
	}
}

func (d *driver) answer(r request) fields {
	do, ok := commands[r.text("do")]
	if !ok {
		return fields{"unknown": true}
	}
	answer, err := do(d, r)
	var failure *ltn.Error
	switch {
	case err == nil && answer == nil:
		return fields{"ok": fields{}}
	case err == nil:
		return fields{"ok": answer}
	case err == errUnknown:
		return fields{"unknown": true}
	case errors.As(err, &failure):
		return fields{"error": fields{"code": failure.Code.String(),
			"category": failure.Category.String(), "retriable": failure.Retriable,
			"text": failure.Text}}
	}
	return fields{"error": fields{"code": "driver", "text": err.Error()}}
}

// operations are the commands whose `name` is that of an operation.
var operations = map[string]bool{"call": true, "connect": true, "open": true, "registry": true}

var commands map[string]command

func init() {
	commands = map[string]command{
		"serve": serve, "handle": handle, "unhandle": unhandle, "permits": permits, "stop": stop,
		"seen": seen, "release": release,
		"client": client, "call": call, "many": many, "cancel": cancel, "connect": connect,
		"registry": registry,
		"open":     open, "read": read, "collect": collect, "send": send, "end": end, "drop": drop,
		"peers": peers, "set": set, "stat": stat, "metrics": metrics, "close": closeObject,
		"forget": forget, "gc": collectGarbage, "logged": logged, "wrong": wrong,
		"second": second, "openssl": openssl, "hotkey": hotkey, "verify": verify,
		"constant": constant, "versions": versions,
	}
}
