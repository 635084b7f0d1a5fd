package ltn_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lightning.invalid/ltn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// longest bounds what should end at once: it only bounds a failure.
const longest = 60 * time.Second

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("expected %v, came %v", target, err)
	}
}

// seedOf is a secret made of one repeated byte.
func seedOf(number byte) (seed ltn.Seed) {
	for i := range seed {
		seed[i] = number
	}
	return seed
}

func signerOf(t *testing.T, number byte) *ltn.Signer {
	t.Helper()
	signer, err := ltn.NewSeedSigner(seedOf(number))
	must(t, err)
	t.Cleanup(func() { signer.Close() })
	return signer
}

func keyOf(t *testing.T, number byte) ltn.Key {
	t.Helper()
	key, err := signerOf(t, number).PublicKey()
	must(t, err)
	return key
}

// logs is a writer that a test may read while others write.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// rig is a server with the handler "echo" and a client.
type rig struct {
	t       *testing.T
	virtual *ltn.Virtual // nil on sockets
	server  *ltn.Server
	client  *ltn.Client
	peer    ltn.Peer
	logs    *logs
}

func echo(_ context.Context, request *ltn.Request) (any, error) { return request.Data, nil }

func virtualRuntime(t *testing.T, seed uint64) *ltn.Virtual {
	t.Helper()
	virtual, err := ltn.NewVirtual(seed)
	must(t, err)
	t.Cleanup(func() { must(t, virtual.Close(context.Background())) })
	return virtual
}

// newVirtual is a rig on a virtual runtime, not started.
func newVirtual(t *testing.T) *rig {
	virtual := virtualRuntime(t, 1)
	r := newRig(t, virtual.Runtime)
	r.virtual = virtual
	return r
}

func newRig(t *testing.T, rt *ltn.Runtime, options ...ltn.Option) *rig {
	t.Helper()
	r := &rig{t: t, logs: &logs{}}
	options = append(options,
		ltn.WithRuntime(rt),
		ltn.WithLogger(slog.New(slog.NewTextHandler(r.logs, nil))),
		// Tests connect more often in a minute than a peer has reason to.
		ltn.Set("max_handshake_attempts_per_minute", 100000))
	server, err := ltn.NewServer(signerOf(t, 1), options...)
	must(t, err)
	t.Cleanup(func() { must(t, server.Close(context.Background())) })
	must(t, server.HandleFunc("echo", echo))
	r.server = server
	client, err := ltn.NewClient(signerOf(t, 2), ltn.WithRuntime(rt))
	must(t, err)
	t.Cleanup(func() { must(t, client.Close(context.Background())) })
	r.client = client
	return r
}

func (r *rig) start() *rig {
	r.t.Helper()
	address, err := r.server.Start(context.Background())
	must(r.t, err)
	r.peer = ltn.Peer{Key: keyOf(r.t, 1), Address: address}
	return r
}

func (r *rig) call(name string, data any, options ...ltn.CallOption) (ltn.Map, error) {
	r.t.Helper()
	return r.client.Call(background(r.t), r.peer, name, data, options...)
}

// waitFor is for conditions that others bring about.
func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	end := time.Now().Add(longest)
	for !met() {
		if time.Now().After(end) {
			t.Fatalf("expected soon: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
