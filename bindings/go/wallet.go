package ltn

// #include <stdlib.h>
// #include <string.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"strings"
	"time"
	"unsafe"
)

// Wallet names a key file in the layout of the network's wallets, and how it is opened.
type Wallet struct {
	Path   string // the key file itself, or the next three
	Root   string
	Name   string // empty: "default"
	Hotkey string // empty: "default"
	// The password of an encrypted file, from the first of these that is there; between the second
	// and the third the environment is looked at.
	Password     []byte
	PasswordFile string
	Ask          func(ctx context.Context, path string) ([]byte, error)
	AskTimeout   time.Duration // 0: a minute
}

// WriteFlag says how a key file is written.
type WriteFlag uint32

const (
	WriteOverwrite WriteFlag = C.LTN_KEY_FILE_OVERWRITE
	WriteCompanion WriteFlag = C.LTN_KEY_FILE_COMPANION
	WriteEncrypted WriteFlag = C.LTN_KEY_FILE_ENCRYPT
)

// WriteKeyFile writes the plain key file of a seed, complete or not at all.
func WriteKeyFile(path string, seed Seed, flags WriteFlag) error {
	text := C.CString(path)
	defer C.free(unsafe.Pointer(text))
	return detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_key_file_write(text, (*C.uint8_t)(&seed[0]), C.uint32_t(flags), detail)
	})
}

// NewWalletSigner opens a wallet. An encrypted one takes seconds and 512 MiB: when the context ends
// first, that work ends by itself later.
func NewWalletSigner(ctx context.Context, wallet Wallet) (*Signer, error) {
	var signer *Signer
	err := wallet.work(ctx, 0, func(w *C.ltn_wallet) error {
		var err error
		signer, err = newSigner(func(out **C.ltn_signer, detail *C.ltn_error) C.ltn_status {
			return C.ltn_signer_new_wallet(out, w, detail)
		})
		return err
	}, func() { signer.Close() })
	if err != nil {
		return nil, err
	}
	return signer, nil
}

// PublicKey is the wallet's, without any password.
func (w Wallet) PublicKey(ctx context.Context) (Key, error) {
	var key Key
	err := w.work(ctx, 0, func(c *C.ltn_wallet) error {
		return detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_wallet_public_key(c, (*C.uint8_t)(&key[0]), detail)
		})
	}, nil)
	if err != nil {
		return Key{}, err
	}
	return key, nil
}

// Write writes the key file of a seed, with the folders above it.
func (w Wallet) Write(ctx context.Context, seed Seed, flags WriteFlag) error {
	return w.work(ctx, flags, func(c *C.ltn_wallet) error {
		return detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_wallet_write(c, (*C.uint8_t)(&seed[0]), detail)
		})
	}, nil)
}

// work runs f on a goroutine with the wallet in C's memory; late undoes what nobody waits for.
func (w Wallet) work(ctx context.Context, flags WriteFlag, f func(*C.ltn_wallet) error,
	late func()) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	for _, text := range []string{w.Path, w.Root, w.Name, w.Hotkey, w.PasswordFile} {
		if strings.IndexByte(text, 0) >= 0 {
			return newError(ErrInvalidArgument, "expected names without a zero byte in a wallet, came one")
		}
	}
	// The struct is C's: it holds pointers and the number of a handle, which no Go memory may.
	c := (*C.ltn_wallet)(C.calloc(1, C.sizeof_ltn_wallet))
	C.ltn_wallet_init(c, C.sizeof_ltn_wallet)
	c.flags = C.uint32_t(flags)
	c.path, c.root, c.name = optional(w.Path), optional(w.Root), optional(w.Name)
	c.hotkey, c.password_file = optional(w.Hotkey), optional(w.PasswordFile)
	if w.Password != nil {
		c.password = (*C.uint8_t)(C.CBytes(w.Password))
		c.password_len = C.size_t(len(w.Password))
	}
	var handle cgo.Handle
	var asker *passwordAsker
	if w.Ask != nil {
		asker = &passwordAsker{ctx: ctx, ask: w.Ask}
		handle = cgo.NewHandle(asker)
		C.ltngo_wallet_ask(c, C.uintptr_t(handle))
		c.ask_timeout_ms = C.int64_t(milliseconds(w.AskTimeout))
	}
	done := make(chan error)
	go func() {
		err := f(c)
		if asker != nil {
			handle.Delete()
		}
		freeWallet(c)
		select {
		case done <- err:
		case <-ctx.Done():
			if err == nil && late != nil {
				late()
			}
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return contextError(ctx)
	}
}

func optional(text string) *C.char {
	if text == "" {
		return nil
	}
	return C.CString(text)
}

func freeWallet(c *C.ltn_wallet) {
	if c.password != nil {
		C.memset(unsafe.Pointer(c.password), 0, c.password_len)
		C.free(unsafe.Pointer(c.password))
	}
	for _, text := range []*C.char{c.path, c.root, c.name, c.hotkey, c.password_file} {
		C.free(unsafe.Pointer(text))
	}
	C.free(unsafe.Pointer(c))
}

// passwordAsker is what the handle of a wallet's question leads to.
type passwordAsker struct {
	ctx context.Context
	ask func(ctx context.Context, path string) ([]byte, error)
}

func (a *passwordAsker) answer(question *C.ltn_op, path string) {
	password, err := a.try(path)
	if err != nil {
		text := C.CString(err.Error())
		C.ltngo_refuse(question, text)
		C.free(unsafe.Pointer(text))
		return
	}
	var e C.ltngo_error
	C.ltngo_answer(question, bytePointer(password), C.size_t(len(password)), &e)
}

func (a *passwordAsker) try(path string) (password []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newError(ErrPassword, fmt.Sprint("panic: ", p))
		}
	}()
	return a.ask(a.ctx, path)
}
