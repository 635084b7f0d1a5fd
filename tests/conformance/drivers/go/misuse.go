package main

import (
	"context"
	"strings"
	"time"

	"lightning.invalid/ltn"
)

// wrong misuses the interface in one way at a time.
func wrong(d *driver, r request) (fields, error) {
	switch r.text("what") {
	case "option_unknown":
		return nil, wrongClient(d, ltn.Set("no_such_option", "1"))
	case "option_value":
		return nil, wrongClient(d, ltn.Set("max_connections", "many"))
	case "handler_none":
		return nil, wrongServer(d, func(s *ltn.Server) error { return s.Handle("echo", nil) })
	case "listen_bad":
		return nil, wrongServer(d, func(s *ltn.Server) error {
			if err := s.Set("listen", "300.1.1.1:1"); err != nil {
				return err
			}
			_, err := s.Start(context.Background())
			return err
		})
	}
	return nil, wrongCall(d, r)
}

func someSigner() (*ltn.Signer, error) {
	seed, err := ltn.NewSeed()
	if err != nil {
		return nil, err
	}
	return ltn.NewSeedSigner(seed)
}

func wrongClient(d *driver, option ltn.Option) error {
	signer, err := someSigner()
	if err != nil {
		return err
	}
	defer signer.Close()
	made, err := ltn.NewClient(signer, option, ltn.WithRuntime(d.rt))
	if err != nil {
		return err
	}
	return made.Close(context.Background())
}

func wrongServer(d *driver, misuse func(*ltn.Server) error) error {
	signer, err := someSigner()
	if err != nil {
		return err
	}
	defer signer.Close()
	made, err := ltn.NewServer(signer, ltn.WithRuntime(d.rt))
	if err != nil {
		return err
	}
	defer made.Close(context.Background())
	return misuse(made)
}

func wrongCall(d *driver, r request) error {
	c, err := d.client(r)
	if err != nil {
		return err
	}
	var peer struct{ Hotkey, Address string }
	if err := r.read("peer", &peer); err != nil {
		return err
	}
	name, data := "echo", any(nil)
	var set []ltn.CallOption
	switch r.text("what") {
	case "timeout_negative":
		set = append(set, ltn.Timeout(-time.Second))
	case "type_long":
		name = strings.Repeat("n", 65536)
	case "data_list":
		data = []any{1}
	case "data_unencodable":
		data = ltn.Map{"channel": make(chan int)}
	case "hotkey_bad":
		peer.Hotkey = "not a hotkey"
	case "address_bad":
		peer.Address = "nowhere"
	default:
		return errUnknown
	}
	to, err := ltn.PeerOf(peer.Hotkey, peer.Address)
	if err != nil {
		return err
	}
	_, err = c.Call(context.Background(), to, name, data, set...)
	return err
}
