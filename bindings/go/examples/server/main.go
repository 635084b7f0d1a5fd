// Command server answers peers that proved their key: "echo" with what came, "count" with a stream.
//
//	server KEYFILE [LISTEN]
//
// The key file is made when it is not there. It prints its address and its hotkey, and ends with its
// standard input or with ctrl-c.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"lightning.invalid/ltn"
)

func main() {
	if err := run(); err != nil {
		log.Fatal("server: ", err)
	}
}

func run() error {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		return errors.New("usage: server KEYFILE [LISTEN]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	signer, err := openKey(os.Args[1])
	if err != nil {
		return err
	}
	defer signer.Close()
	listen := "127.0.0.1:0"
	if len(os.Args) == 3 {
		listen = os.Args[2]
	}
	server, err := ltn.NewServer(signer, ltn.Set("listen", listen))
	if err != nil {
		return err
	}
	defer server.Close(context.Background())
	err = errors.Join(
		server.HandleFunc("echo", func(_ context.Context, request *ltn.Request) (any, error) {
			return request.Data, nil
		}),
		server.HandleStreamFunc("count",
			func(ctx context.Context, _ *ltn.Request, writer *ltn.StreamWriter) error {
				for i := range 5 {
					if err := writer.Send(ctx, []byte(fmt.Sprint(i))); err != nil {
						return err
					}
				}
				return nil
			}))
	if err != nil {
		return err
	}
	address, err := server.Start(ctx)
	if err != nil {
		return err
	}
	key, err := signer.PublicKey()
	if err != nil {
		return err
	}
	fmt.Println(address, key)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	<-ctx.Done()
	return server.Stop(context.Background(), time.Second)
}

func openKey(path string) (*ltn.Signer, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		seed, err := ltn.NewSeed()
		if err != nil {
			return nil, err
		}
		if err := ltn.WriteKeyFile(path, seed, 0); err != nil {
			return nil, err
		}
	}
	return ltn.NewKeyFileSigner(path)
}
