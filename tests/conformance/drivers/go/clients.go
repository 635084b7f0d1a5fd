package main

import (
	"context"
	"errors"
	"sync"

	"lightning.invalid/ltn"
)

func client(d *driver, r request) (fields, error) {
	made, key, err := newClient(r, d.rt)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.clients[r.text("as")] = made
	d.mu.Unlock()
	return fields{"hotkey": key.String()}, nil
}

func newClient(r request, rt *ltn.Runtime) (*ltn.Client, ltn.Key, error) {
	signer, err := signerOf(r)
	if err != nil {
		return nil, ltn.Key{}, err
	}
	defer signer.Close() // the client keeps what it needs
	key, err := signer.PublicKey()
	if err != nil {
		return nil, key, err
	}
	set, err := options(r)
	if err != nil {
		return nil, key, err
	}
	made, err := ltn.NewClient(signer, append(set, ltn.WithRuntime(rt))...)
	return made, key, err
}

func call(d *driver, r request) (fields, error) {
	c, err := d.client(r)
	if err != nil {
		return nil, err
	}
	peer, err := peerOf(r)
	if err != nil {
		return nil, err
	}
	data, isValue, err := body(r)
	if err != nil {
		return nil, err
	}
	ctx, end := d.context(r)
	defer end()
	if isValue {
		value, err := c.Call(ctx, peer, r.text("type"), data)
		return fields{"value": value}, err
	}
	raw, _ := data.([]byte)
	answer, err := c.CallRaw(ctx, peer, r.text("type"), raw)
	if err != nil {
		return nil, err
	}
	return answerOf(answer, false)
}

func many(d *driver, r request) (fields, error) {
	c, err := d.client(r)
	if err != nil {
		return nil, err
	}
	peer, err := peerOf(r)
	if err != nil {
		return nil, err
	}
	data := filled(int(r.number("fill")))
	turns := make(chan struct{}, r.number("n"))
	for range cap(turns) {
		turns <- struct{}{}
	}
	close(turns)
	var mu sync.Mutex
	good, failed := 0, map[string]int{}
	var all sync.WaitGroup
	for range max(r.number("in_flight"), 1) {
		all.Add(1)
		go func() {
			defer all.Done()
			for range turns {
				came, err := c.CallRaw(context.Background(), peer, r.text("type"), data)
				mu.Lock()
				switch {
				case err != nil:
					failed[codeOf(err)]++
				case !same(came, data):
					failed["different"]++
				default:
					good++
				}
				mu.Unlock()
			}
		}()
	}
	all.Wait()
	return fields{"ok": good, "failed": failed}, nil
}

func codeOf(err error) string {
	var failure *ltn.Error
	if errors.As(err, &failure) {
		return failure.Code.String()
	}
	return err.Error()
}

func connect(d *driver, r request) (fields, error) {
	c, err := d.client(r)
	if err != nil {
		return nil, err
	}
	peer, err := peerOf(r)
	if err != nil {
		return nil, err
	}
	ctx, end := d.context(r)
	defer end()
	found, err := c.Connect(ctx, peer)
	if err != nil {
		return nil, err
	}
	return fields{"hotkey": found.Hotkey, "address": found.Address, "alpn": found.Protocol}, nil
}

func registry(d *driver, r request) (fields, error) {
	c, err := d.client(r)
	if err != nil {
		return nil, err
	}
	var entries []ltn.RegistryEntry
	if err := r.read("entries", &entries); err != nil {
		return nil, err
	}
	ctx, end := d.context(r)
	defer end()
	outcomes, err := c.SetRegistry(ctx, entries)
	if err != nil {
		return nil, err
	}
	words := []string{}
	for _, outcome := range outcomes {
		if outcome == nil {
			words = append(words, "ok")
		} else {
			words = append(words, codeOf(outcome))
		}
	}
	return fields{"outcomes": words}, nil
}
