// Command client calls a peer by its key and prints what it answers.
//
//	client ADDRESS HOTKEY TEXT
//
// A server that cannot prove HOTKEY never sees the request.
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

func main() {
	if err := run(); err != nil {
		log.Fatal("client: ", err)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return errors.New("usage: client ADDRESS HOTKEY TEXT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	peer, err := ltn.PeerOf(os.Args[2], os.Args[1])
	if err != nil {
		return err
	}
	seed, err := ltn.NewSeed() // a real program reads a key file: ltn.NewKeyFileSigner
	if err != nil {
		return err
	}
	signer, err := ltn.NewSeedSigner(seed)
	if err != nil {
		return err
	}
	defer signer.Close()
	client, err := ltn.NewClient(signer)
	if err != nil {
		return err
	}
	defer client.Close(context.Background())

	answer, err := client.Call(ctx, peer, "echo", ltn.Map{"text": os.Args[3]})
	switch {
	case errors.Is(err, ltn.CategoryHandshake):
		return fmt.Errorf("that is somebody else: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("nobody answered in time: %w", err)
	case err != nil:
		return err
	}
	fmt.Println("answer:", answer["text"])
	return nil
}
