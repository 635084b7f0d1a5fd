// Command stream asks a peer for a stream and prints its chunks.
//
//	stream ADDRESS HOTKEY
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
		log.Fatal("stream: ", err)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: stream ADDRESS HOTKEY")
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

	stream, err := client.Stream(ctx, peer, "count", nil)
	if err != nil {
		return err
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks(ctx) {
		if err != nil {
			return err
		}
		fmt.Println("chunk:", string(chunk))
	}
	return nil
}
