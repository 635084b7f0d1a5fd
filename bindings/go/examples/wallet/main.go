// Command wallet opens a key of a wallet, makes it when it is not there, and prints its hotkey.
//
//	wallet ROOT NAME HOTKEY
//
// An encrypted key takes its password from the environment or from standard input.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"lightning.invalid/ltn"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal("wallet: ", err)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 4 {
		return errors.New("usage: wallet ROOT NAME HOTKEY")
	}
	wallet := ltn.Wallet{Root: os.Args[1], Name: os.Args[2], Hotkey: os.Args[3], Ask: ask}
	if _, err := wallet.PublicKey(ctx); errors.Is(err, ltn.ErrIO) {
		seed, err := ltn.NewSeed()
		if err != nil {
			return err
		}
		if err := wallet.Write(ctx, seed, 0); err != nil {
			return err
		}
	}
	signer, err := ltn.NewWalletSigner(ctx, wallet)
	if err != nil {
		return err
	}
	defer signer.Close()
	key, err := signer.PublicKey()
	if err != nil {
		return err
	}
	if warning := signer.Warning(); warning != "" {
		log.Println("wallet:", warning)
	}
	fmt.Println(key)
	return nil
}

func ask(_ context.Context, path string) ([]byte, error) {
	fmt.Fprintf(os.Stderr, "password of %s: ", path)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return []byte(strings.TrimRight(line, "\r\n")), err
}
