package main

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"lightning.invalid/ltn"
)

// closed is what the binding answers for an object that is not there any more.
func closed(what string) error {
	return &ltn.Error{Code: ltn.ErrClosed, Text: "the " + what + " is closed"}
}

func (d *driver) client(r request) (*ltn.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if found := d.clients[r.text("on")]; found != nil {
		return found, nil
	}
	return nil, closed("client")
}

func (d *driver) server(r request) (*server, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if found := d.servers[r.text("on")]; found != nil {
		return found, nil
	}
	return nil, closed("server")
}

func (d *driver) stream(r request) (*stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if found := d.streams[r.text("on")]; found != nil {
		return found, nil
	}
	return nil, closed("stream")
}

// object is what a client and a server have in common.
type object interface {
	Set(name string, value any) error
	Stat(name string) (uint64, error)
	Peers() ([]ltn.PeerState, error)
	Metrics() ([]ltn.Metric, error)
	Close(ctx context.Context) error
}

func (d *driver) object(r request) (object, error) {
	if found, err := d.server(r); err == nil {
		return found, nil
	}
	return d.client(r)
}

// reserve makes the context of an operation that `cancel` may name, before the operation has begun.
func (d *driver) reserve(name string) {
	ctx, cancel := context.WithCancel(context.Background())
	d.mu.Lock()
	d.named[name], d.cancels[name] = ctx, cancel
	d.mu.Unlock()
}

// context is that of an operation, with the time it has; end is for when the operation is over.
func (d *driver) context(r request) (ctx context.Context, end func()) {
	name := r.text("name")
	d.mu.Lock()
	ctx, given := d.named[name]
	delete(d.named, name)
	over := d.cancels[name]
	d.mu.Unlock()
	if !given {
		ctx, over = context.WithCancel(context.Background())
	}
	stop := func() {}
	if r.has("timeout_ms") {
		ctx, stop = context.WithTimeout(ctx, milliseconds(r.number("timeout_ms")))
	}
	return ctx, func() {
		stop()
		over()
		d.mu.Lock()
		delete(d.cancels, name)
		d.mu.Unlock()
	}
}

func cancel(d *driver, r request) (fields, error) {
	d.mu.Lock()
	stop := d.cancels[r.text("name")]
	d.mu.Unlock()
	if stop != nil {
		stop()
	}
	return nil, nil
}

func peers(d *driver, r request) (fields, error) {
	o, err := d.object(r)
	if err != nil {
		return nil, err
	}
	all, err := o.Peers()
	if err != nil {
		return nil, err
	}
	hotkeys := []string{}
	for _, peer := range all {
		if peer.Status == ltn.PeerReady {
			hotkeys = append(hotkeys, peer.Hotkey)
		}
	}
	slices.Sort(hotkeys)
	return fields{"hotkeys": hotkeys}, nil
}

func set(d *driver, r request) (fields, error) {
	o, err := d.object(r)
	if err != nil {
		return nil, err
	}
	return nil, o.Set(r.text("name"), r.text("value"))
}

func stat(d *driver, r request) (fields, error) {
	o, err := d.object(r)
	if err != nil {
		return nil, err
	}
	value, err := o.Stat(r.text("name"))
	return fields{"value": value}, err
}

func metrics(d *driver, r request) (fields, error) {
	o, err := d.object(r)
	if err != nil {
		return nil, err
	}
	all, err := o.Metrics()
	names := []string{}
	for _, metric := range all {
		names = append(names, metric.Name)
	}
	slices.Sort(names)
	return fields{"names": slices.Compact(names)}, err
}

// A client or server stays in its table: later commands meet the closed object.
func closeObject(d *driver, r request) (fields, error) {
	if o, err := d.object(r); err == nil {
		return nil, o.Close(context.Background())
	}
	return drop(d, r)
}

func forget(d *driver, r request) (fields, error) {
	name := r.text("on")
	d.mu.Lock()
	delete(d.clients, name)
	delete(d.servers, name)
	delete(d.streams, name)
	stop := d.cancels[name]
	delete(d.cancels, name)
	d.mu.Unlock()
	if stop != nil {
		stop()
	}
	return collectGarbage(d, r)
}

// collectGarbage looks twice: what a finalizer lets go of goes with the second.
func collectGarbage(*driver, request) (fields, error) {
	runtime.GC()
	runtime.GC()
	return nil, nil
}

// end closes everything as a program does that is about to leave.
func (d *driver) end() error {
	d.mu.Lock()
	streams, cancels := d.streams, d.cancels
	d.streams, d.cancels = map[string]*stream{}, map[string]func(){}
	d.mu.Unlock()
	for _, stop := range cancels {
		stop()
	}
	for _, s := range streams {
		s.leave()
	}
	var wrong error
	for _, each := range d.clients {
		wrong = errors.Join(wrong, each.Close(context.Background()))
	}
	for _, each := range d.servers {
		wrong = errors.Join(wrong, each.Close(context.Background()))
	}
	d.work.Wait()
	return errors.Join(wrong, d.rt.Close(context.Background()))
}
