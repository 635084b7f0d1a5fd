package main

import (
	"context"

	"lightning.invalid/ltn"
)

type server struct {
	*ltn.Server
	work *work
}

func serve(d *driver, r request) (fields, error) {
	signer, err := signerOf(r)
	if err != nil {
		return nil, err
	}
	defer signer.Close()
	key, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	set, err := options(r)
	if err != nil {
		return nil, err
	}
	if r.has("listen") {
		set = append(set, ltn.Set("listen", r.text("listen")))
	}
	made, err := ltn.NewServer(signer, append(set, ltn.WithRuntime(d.rt))...)
	if err != nil {
		return nil, err
	}
	s := &server{made, newWork()}
	address, err := s.begin(r)
	if err != nil {
		made.Close(context.Background())
		return nil, err
	}
	d.mu.Lock()
	d.servers[r.text("as")] = s
	d.mu.Unlock()
	return fields{"address": address, "hotkey": key.String()}, nil
}

func (s *server) begin(r request) (address string, err error) {
	var handlers []struct{ Type, Does string }
	if err := r.read("handlers", &handlers); err != nil {
		return "", err
	}
	for _, each := range handlers {
		if err := s.add(each.Type, each.Does); err != nil {
			return "", err
		}
	}
	if r.has("permits") {
		if err := s.permit(r, "permits"); err != nil {
			return "", err
		}
	}
	return s.Start(context.Background())
}

func (s *server) permit(r request, name string) error {
	var hotkeys []string
	if err := r.read(name, &hotkeys); err != nil {
		return err
	}
	keys := []ltn.Key{}
	for _, hotkey := range hotkeys {
		key, err := ltn.ParseKey(hotkey)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	return s.SetPermits(keys)
}

func (s *server) add(name, does string) error {
	if f, ok := streamHandlers[does]; ok {
		return s.HandleStreamFunc(name, s.work.stream(f))
	}
	if f, ok := handlers[does]; ok {
		return s.HandleFunc(name, s.work.once(name, f))
	}
	return errUnknown
}

func handle(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	return nil, s.add(r.text("type"), r.text("does"))
}

func unhandle(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	return nil, s.Unhandle(r.text("type"))
}

func permits(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	if !r.has("hotkeys") {
		return nil, s.Set("require_validator_permit", false)
	}
	return nil, s.permit(r, "hotkeys")
}

func stop(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	return nil, s.Stop(context.Background(), milliseconds(r.number("drain_ms")))
}

func seen(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	return s.work.seen(), nil
}

func release(d *driver, r request) (fields, error) {
	s, err := d.server(r)
	if err != nil {
		return nil, err
	}
	return fields{"count": s.work.release(r.text("type"))}, nil
}
