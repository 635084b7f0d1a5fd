package main

import (
	"context"
	"errors"
	"time"

	"lightning.invalid/ltn"
)

// wish is the signer that a client or server is to have.
type wish struct {
	Seed, Callback, Wallet, Name string
	HotkeyName                   string `json:"hotkey_name"`
	KeyFile                      string `json:"key_file"`
	Password                     *string
	MS                           int64
}

func signerOf(r request) (*ltn.Signer, error) {
	var w wish
	if err := r.read("signer", &w); err != nil {
		return nil, err
	}
	switch {
	case w.Callback != "":
		return w.callback()
	case w.Wallet != "":
		wallet := ltn.Wallet{Root: w.Wallet, Name: w.Name, Hotkey: w.HotkeyName}
		if w.Password != nil {
			wallet.Password = []byte(*w.Password)
		}
		return ltn.NewWalletSigner(context.Background(), wallet)
	case w.KeyFile != "":
		return ltn.NewKeyFileSigner(w.KeyFile)
	}
	return heldSigner(w.Seed)
}

func heldSigner(text string) (*ltn.Signer, error) {
	seed, err := seedOf(text)
	if err != nil {
		return nil, err
	}
	return ltn.NewSeedSigner(seed)
}

func (w wish) callback() (*ltn.Signer, error) {
	if w.Callback == "twice" {
		return nil, errUnknown // a function returns once
	}
	inner, err := heldSigner(w.Seed)
	if err != nil {
		return nil, err
	}
	key, err := inner.PublicKey()
	if err != nil {
		return nil, err
	}
	return ltn.NewCallbackSigner(key, func(ctx context.Context, message []byte) ([]byte, error) {
		switch w.Callback {
		case "late":
			select {
			case <-time.After(milliseconds(w.MS)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case "wrong":
			return make([]byte, 64), nil
		case "short":
			return make([]byte, 10), nil
		case "never":
			<-ctx.Done()
			return nil, ctx.Err()
		case "throws":
			panic(errors.New("inner secret"))
		}
		return inner.Sign(message)
	})
}
