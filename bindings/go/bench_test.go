package ltn_test

import (
	"bytes"
	"context"
	"testing"

	"lightning.invalid/ltn"
)

// benchRig is an echo server and a client on runtimes of their own, over loopback.
func benchRig(b *testing.B) (*ltn.Client, ltn.Peer, []byte) {
	fail := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	var objects [2]*ltn.Signer
	var runtimes [2]*ltn.Runtime
	for i := range objects {
		var err error
		objects[i], err = ltn.NewSeedSigner(seedOf(byte(i + 1)))
		fail(err)
		runtimes[i], err = ltn.NewRuntime()
		fail(err)
	}
	server, err := ltn.NewServer(objects[0], ltn.WithRuntime(runtimes[0]))
	fail(err)
	fail(server.HandleFunc("echo", echo))
	address, err := server.Start(context.Background())
	fail(err)
	client, err := ltn.NewClient(objects[1], ltn.WithRuntime(runtimes[1]))
	fail(err)
	key, err := objects[0].PublicKey()
	fail(err)
	b.Cleanup(func() {
		fail(client.Close(context.Background()))
		fail(server.Close(context.Background()))
		for i := range objects {
			fail(runtimes[i].Close(context.Background()))
			fail(objects[i].Close())
		}
	})
	body := append([]byte{0x81, 0xa1, 'b', 0xc5, 0x04, 0x00}, bytes.Repeat([]byte{7}, 1024)...)
	peer := ltn.Peer{Key: key, Address: address}
	_, err = client.CallRaw(context.Background(), peer, "echo", body)
	fail(err)
	b.ReportAllocs()
	b.ResetTimer()
	return client, peer, body
}

func BenchmarkEcho1KiBOneInFlight(b *testing.B) {
	client, peer, body := benchRig(b)
	for range b.N {
		if _, err := client.CallRaw(context.Background(), peer, "echo", body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEcho1KiB32InFlight(b *testing.B) {
	client, peer, body := benchRig(b)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.CallRaw(context.Background(), peer, "echo", body); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
