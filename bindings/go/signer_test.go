package ltn_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"lightning.invalid/ltn"
)

// hardware is a callback signer for the key of `number`.
func hardware(t *testing.T, number byte, sign ltn.SignFunc) *ltn.Signer {
	t.Helper()
	signer, err := ltn.NewCallbackSigner(keyOf(t, number), sign)
	must(t, err)
	t.Cleanup(func() { signer.Close() })
	return signer
}

func clientOf(t *testing.T, r *rig, signer *ltn.Signer) *ltn.Client {
	t.Helper()
	client, err := ltn.NewClient(signer, ltn.WithRuntime(r.virtual.Runtime))
	must(t, err)
	t.Cleanup(func() { must(t, client.Close(context.Background())) })
	return client
}

func TestACallbackSignsForItsKey(t *testing.T) {
	r := newVirtual(t).start()
	asked := atomic.Int32{}
	inner := signerOf(t, 4)
	signer := hardware(t, 4, func(_ context.Context, message []byte) ([]byte, error) {
		asked.Add(1)
		return inner.Sign(message)
	})
	client := clientOf(t, r, signer)
	_, err := client.Call(background(t), r.peer, "echo", nil)
	must(t, err)
	if asked.Load() < 2 { // the self-test and the handshake
		t.Fatalf("asked %d times", asked.Load())
	}
	_, err = signer.Sign([]byte("text"))
	wantErr(t, err, ltn.ErrUnsupported)
	// A signer that is closed serves those that have it, and nobody else.
	must(t, signer.Close())
	_, err = client.Call(background(t), r.peer, "echo", nil)
	must(t, err)
	_, err = ltn.NewClient(signer)
	wantErr(t, err, ltn.ErrClosed)
}

func TestASignerThatDoesNotSignFailsTheCall(t *testing.T) {
	inner := signerOf(t, 5)
	for name, sign := range map[string]ltn.SignFunc{
		"refuses": func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no") },
		"panics":  func(context.Context, []byte) ([]byte, error) { panic("no") },
		"short":   func(context.Context, []byte) ([]byte, error) { return []byte("no"), nil },
		"other": func(_ context.Context, message []byte) ([]byte, error) {
			return inner.Sign(append(message, 'x'))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newVirtual(t).start()
			client := clientOf(t, r, hardware(t, 5, sign))
			_, err := client.Call(background(t), r.peer, "echo", nil)
			if err == nil {
				t.Fatal("the call was answered")
			}
			if !errors.Is(err, ltn.ErrSigner) && !errors.Is(err, ltn.ErrKeyMismatch) &&
				!errors.Is(err, ltn.ErrClosed) && !errors.Is(err, ltn.ErrShutdown) {
				t.Fatalf("came %v", err)
			}
		})
	}
}

func TestASignerThatNeverAnswersIsGivenUp(t *testing.T) {
	r := newVirtual(t).start()
	told := make(chan struct{})
	client := clientOf(t, r, hardware(t, 6, func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		close(told)
		return nil, ctx.Err()
	}))
	done := make(chan error, 1)
	go func() {
		_, err := client.Call(background(t), r.peer, "echo", nil)
		done <- err
	}()
	must(t, r.virtual.Advance(background(t), 30*time.Second))
	if err := <-done; err == nil {
		t.Fatal("the call was answered")
	}
	<-told
}

func TestKeysAndTheirTexts(t *testing.T) {
	key := keyOf(t, 1)
	again, err := ltn.ParseKey(key.String())
	must(t, err)
	if again != key {
		t.Fatalf("%v came back as %v", key, again)
	}
	for _, text := range []string{"", "5abc", "5\x00"} {
		_, err := ltn.ParseKey(text)
		wantErr(t, err, ltn.ErrBadKey)
	}
	signature, err := signerOf(t, 1).Sign([]byte("text"))
	must(t, err)
	must(t, key.Verify([]byte("text"), signature))
	wantErr(t, key.Verify([]byte("other"), signature), ltn.ErrBadSignature)
	wantErr(t, key.Verify(nil, nil), ltn.ErrBadSignature)
}

func TestAWalletIsWrittenAndOpened(t *testing.T) {
	ctx := background(t)
	wallet := ltn.Wallet{Root: t.TempDir(), Name: "w", Hotkey: "h"}
	must(t, wallet.Write(ctx, seedOf(7), 0))
	wantErr(t, wallet.Write(ctx, seedOf(7), 0), ltn.ErrIO)
	signer, err := ltn.NewWalletSigner(ctx, wallet)
	must(t, err)
	defer signer.Close()
	key, err := signer.PublicKey()
	must(t, err)
	if key != keyOf(t, 7) {
		t.Fatalf("opened %v", key)
	}
	file, err := ltn.NewKeyFileSigner(filepath.Join(wallet.Root, "w", "hotkeys", "h"))
	must(t, err)
	must(t, file.Close())
	_, err = ltn.NewWalletSigner(ctx, ltn.Wallet{Path: "/nowhere/at/all"})
	wantErr(t, err, ltn.ErrIO)
	_, err = ltn.NewWalletSigner(ctx, ltn.Wallet{Path: "a\x00b"})
	wantErr(t, err, ltn.ErrInvalidArgument)
}

func TestAnEncryptedWalletAsksForItsPassword(t *testing.T) {
	if os.Getenv("LTN_TEST_SLOW") == "" {
		t.Skip("512 MiB and seconds: LTN_TEST_SLOW=1")
	}
	ctx := background(t)
	wallet := ltn.Wallet{Path: filepath.Join(t.TempDir(), "key"), Password: []byte("open")}
	must(t, wallet.Write(ctx, seedOf(7), ltn.WriteEncrypted|ltn.WriteCompanion))
	wallet.Password = nil
	key, err := wallet.PublicKey(ctx)
	must(t, err)
	if key != keyOf(t, 7) {
		t.Fatalf("the companion says %v", key)
	}
	asked := ""
	wallet.Ask = func(_ context.Context, path string) ([]byte, error) {
		asked = path
		return []byte("open"), nil
	}
	signer, err := ltn.NewWalletSigner(ctx, wallet)
	must(t, err)
	signer.Close()
	if asked != wallet.Path {
		t.Fatalf("asked for %q", asked)
	}
	wallet.Ask = func(context.Context, string) ([]byte, error) { return nil, errors.New("nobody there") }
	_, err = ltn.NewWalletSigner(ctx, wallet)
	wantErr(t, err, ltn.ErrPassword)
}

func TestAClientClosesWhileItsSignerIsSilent(t *testing.T) {
	for range 20 {
		asked := make(chan struct{})
		signer, err := ltn.NewCallbackSigner(keyOf(t, 2),
			func(ctx context.Context, _ []byte) ([]byte, error) {
				close(asked)
				<-ctx.Done()
				return nil, ctx.Err()
			})
		must(t, err)
		client, err := ltn.NewClient(signer)
		must(t, err)
		<-asked
		must(t, signer.Close())
		must(t, client.Close(background(t)))
	}
}
