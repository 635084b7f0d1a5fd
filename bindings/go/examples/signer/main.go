// Command signer calls a peer with a key that this program never sees: a device signs, here one that
// is played by another signer behind a slow line.
//
//	signer ADDRESS HOTKEY
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"lightning.invalid/ltn"
)

// device holds a secret and signs when it is asked.
type device struct{ inner *ltn.Signer }

// Sign may take its time and is called on a goroutine of its own.
func (d device) Sign(ctx context.Context, message []byte) ([]byte, error) {
	select {
	case <-time.After(20 * time.Millisecond):
		return d.inner.Sign(message)
	case <-ctx.Done(): // nobody waits any more
		return nil, ctx.Err()
	}
}

func main() {
	if err := run(); err != nil {
		log.Fatal("signer: ", err)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: signer ADDRESS HOTKEY")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	peer, err := ltn.PeerOf(os.Args[2], os.Args[1])
	if err != nil {
		return err
	}
	seed, err := ltn.NewSeed()
	if err != nil {
		return err
	}
	inner, err := ltn.NewSeedSigner(seed)
	if err != nil {
		return err
	}
	defer inner.Close()
	key, err := inner.PublicKey()
	if err != nil {
		return err
	}
	signer, err := ltn.NewCallbackSigner(key, device{inner}.Sign)
	if err != nil {
		return err
	}
	defer signer.Close()
	client, err := ltn.NewClient(signer)
	if err != nil {
		return err
	}
	defer client.Close(context.Background())
	answer, err := client.Call(ctx, peer, "echo", ltn.Map{"text": "signed elsewhere"})
	if err != nil {
		return err
	}
	fmt.Println("answer:", answer["text"])
	return nil
}
