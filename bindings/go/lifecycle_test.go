package ltn_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lightning.invalid/ltn"
)

func TestAClosedObjectAnswersClosed(t *testing.T) {
	ctx := background(t)
	r := newVirtual(t)
	must(t, r.server.HandleStreamFunc("count", count))
	r.start()
	stream, err := r.client.Stream(ctx, r.peer, "count", ltn.Map{"n": 3})
	must(t, err)
	for range 2 {
		must(t, r.client.Close(ctx))
		must(t, r.server.Close(ctx))
	}
	_, err = r.call("echo", nil)
	wantErr(t, err, ltn.ErrClosed)
	wantErr(t, err, net.ErrClosed)
	_, err = r.client.Stream(ctx, r.peer, "count", nil)
	wantErr(t, err, ltn.ErrClosed)
	_, err = r.client.Connect(ctx, r.peer)
	wantErr(t, err, ltn.ErrClosed)
	_, err = r.client.SetRegistry(ctx, nil)
	wantErr(t, err, ltn.ErrClosed)
	_, err = r.client.Peers()
	wantErr(t, err, ltn.ErrClosed)
	_, err = r.client.Stats()
	wantErr(t, err, ltn.ErrClosed)
	_, err = r.client.Metrics()
	wantErr(t, err, ltn.ErrClosed)
	wantErr(t, r.client.Set("max_calls", 5), ltn.ErrClosed)
	wantErr(t, r.server.HandleFunc("x", echo), ltn.ErrClosed)
	wantErr(t, r.server.Set("max_connections", 5), ltn.ErrClosed)
	wantErr(t, r.server.SetPermits(nil), ltn.ErrClosed)
	_, err = r.server.Start(ctx)
	wantErr(t, err, ltn.ErrClosed)
	// A stream that is still held ends, and may be closed late.
	if _, err := stream.Collect(ctx); err == nil {
		t.Fatal("the stream ended well")
	}
	must(t, stream.Close())
	must(t, stream.Close())
	must(t, r.virtual.Close(ctx))
	_, err = ltn.NewClient(signerOf(t, 1), ltn.WithRuntime(r.virtual.Runtime))
	wantErr(t, err, ltn.ErrClosed)
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	r := newVirtual(t)
	entered := make(chan struct{})
	told := make(chan error, 1)
	must(t, r.server.HandleFunc("never", func(ctx context.Context, _ *ltn.Request) (any, error) {
		close(entered)
		<-ctx.Done()
		told <- context.Cause(ctx)
		return nil, ctx.Err()
	}))
	r.start()
	done := make(chan error, 1)
	go func() {
		_, err := r.call("never", nil)
		done <- err
	}()
	<-entered
	must(t, r.client.Close(background(t)))
	wantErr(t, <-done, ltn.ErrShutdown)
	must(t, r.server.Close(background(t)))
	if err := <-told; err == nil {
		t.Fatal("the handler was not told")
	}
}

func TestOptionsAreCheckedWithTheirNames(t *testing.T) {
	signer := signerOf(t, 1)
	for _, c := range []struct {
		option ltn.Option
		err    error
		text   string
	}{
		{ltn.Set("no_such_option", 1), ltn.ErrUnknownOption, "no_such_option"},
		{ltn.Set("max_calls", 0), ltn.ErrOutOfRange, "max_calls"},
		{ltn.Set("max_calls", struct{}{}), ltn.ErrInvalidArgument, "max_calls"},
		{ltn.Set("max_calls", time.Second), ltn.ErrInvalidArgument, "max_calls"},
		{ltn.Set("connect_timeout_ms", time.Duration(-1e9)), ltn.ErrOutOfRange, "connect_timeout_ms"},
	} {
		_, err := ltn.NewClient(signer, c.option)
		wantErr(t, err, c.err)
		if !strings.Contains(err.Error(), c.text) {
			t.Fatalf("expected %q in %q", c.text, err)
		}
	}
	_, err := ltn.NewClient(nil)
	wantErr(t, err, ltn.ErrInvalidArgument)
	r := newVirtual(t).start()
	must(t, r.client.Set("default_timeout_ms", 3*time.Second))
	wantErr(t, r.client.Set("idle_timeout_ms", 3*time.Second), ltn.ErrState)
}

func TestAConfigurationIsAnOption(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ltn.toml")
	must(t, os.WriteFile(path, []byte("[client]\nmax_calls = 5\n"), 0o600))
	config, err := ltn.LoadConfig(path)
	must(t, err)
	defer config.Close()
	must(t, config.Check())
	value, origin, err := config.Get("client", "max_calls")
	must(t, err)
	if value != "5" || !strings.Contains(origin, "ltn.toml:2") {
		t.Fatalf("came %q from %q", value, origin)
	}
	client, err := ltn.NewClient(signerOf(t, 1), ltn.WithConfig(config))
	must(t, err)
	must(t, client.Close(background(t)))
}

func TestTheRegistrySaysHowEachEntryCameOut(t *testing.T) {
	r := newVirtual(t).start()
	outcomes, err := r.client.SetRegistry(background(t), []ltn.RegistryEntry{
		{r.peer.Key.String(), r.peer.Address},
		{keyOf(t, 3).String(), r.peer.Address},
		{"nonsense", "127.0.0.1:1"},
	})
	must(t, err)
	must(t, outcomes[0])
	if outcomes[1] == nil {
		t.Fatal("a false claim came out well")
	}
	wantErr(t, outcomes[2], ltn.ErrBadKey)
	// The registry knows where.
	_, err = r.client.Call(background(t), ltn.Peer{Key: r.peer.Key}, "echo", nil)
	must(t, err)
	peers, err := r.client.Peers()
	must(t, err)
	ready := 0
	for _, peer := range peers {
		if peer.Status == ltn.PeerReady && peer.Key == r.peer.Key && peer.Err == nil {
			ready++
		}
	}
	if ready != 1 {
		t.Fatalf("came %+v", peers)
	}
	found, err := r.client.Connect(background(t), r.peer)
	must(t, err)
	if found.Key != r.peer.Key || found.Hotkey != r.peer.Key.String() || found.Fingerprint == "" {
		t.Fatalf("came %+v", found)
	}
	empty, err := r.client.SetRegistry(background(t), nil)
	must(t, err)
	if len(empty) != 0 {
		t.Fatalf("came %v", empty)
	}
}

func TestOnlyPermittedKeysGetIn(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.Set("require_validator_permit", true))
	var mu sync.Mutex
	permits := []ltn.Key{keyOf(t, 2)}
	must(t, r.server.ResolvePermits(func(context.Context) ([]ltn.Key, error) {
		mu.Lock()
		defer mu.Unlock()
		return permits, nil
	}))
	seen := make(chan ltn.Sighting, 10)
	must(t, r.server.Observe(func(s ltn.Sighting) { seen <- s }))
	wantErr(t, r.server.Observe(func(ltn.Sighting) {}), ltn.ErrState)
	r.start()
	_, err := r.call("echo", nil)
	must(t, err)
	if s := <-seen; s.Key != keyOf(t, 2) || s.Hotkey != keyOf(t, 2).String() {
		t.Fatalf("saw %+v", s)
	}
	stranger := clientOf(t, r, signerOf(t, 9))
	_, err = stranger.Call(background(t), r.peer, "echo", nil)
	wantErr(t, err, ltn.CategoryHandshake)
	must(t, r.server.SetPermits([]ltn.Key{keyOf(t, 9)}))
	_, err = stranger.Call(background(t), r.peer, "echo", nil)
	must(t, err)
	sources, err := r.server.Sources()
	must(t, err)
	if len(sources) == 0 || sources[0].Kind != ltn.SourceLearned {
		t.Fatalf("came %+v", sources)
	}
	peers, err := r.server.Peers()
	must(t, err)
	if len(peers) == 0 {
		t.Fatal("no peers")
	}
}

func TestSourcesMayBeResolved(t *testing.T) {
	r := newVirtual(t)
	must(t, r.server.Set("enforce_source_allowlist", true))
	asked := make(chan struct{}, 10)
	must(t, r.server.ResolveSources(func(context.Context) (string, error) {
		asked <- struct{}{}
		return "bypass", nil
	}))
	r.start()
	_, err := r.call("echo", nil)
	must(t, err)
	<-asked
	must(t, r.server.LearnSource(keyOf(t, 8), "192.0.2.7/32", time.Hour))
	wantErr(t, r.server.LearnSource(keyOf(t, 8), "nowhere", time.Hour), ltn.ErrMalformed)
	_, err = r.server.Sweep(time.Hour)
	must(t, err)
}

func TestStatisticsAndMetricsHaveTheirNames(t *testing.T) {
	r := newVirtual(t).start()
	_, err := r.call("echo", nil)
	must(t, err)
	stats, err := r.client.Stats()
	must(t, err)
	if stats["calls_ok"] != 1 || len(stats) != len(ltn.ClientStats) {
		t.Fatalf("came %v", stats)
	}
	stats, err = r.server.Stats()
	must(t, err)
	if stats["requests_unary"] != 1 {
		t.Fatalf("came %v", stats)
	}
	_, err = r.server.Stat("no_such")
	wantErr(t, err, ltn.ErrUnknownOption)
	metrics, err := r.server.Metrics()
	must(t, err)
	histograms := 0
	for _, metric := range metrics {
		if metric.Kind == ltn.MetricHistogram && len(metric.Buckets) > 1 {
			histograms++
		}
	}
	if histograms == 0 {
		t.Fatalf("no histogram among %d", len(metrics))
	}
}

func TestCodesHaveTheirNames(t *testing.T) {
	if ltn.ErrDeadline.String() != "deadline" || ltn.CategoryHandshake.String() != "handshake" {
		t.Fatalf("%v %v", ltn.ErrDeadline, ltn.CategoryHandshake)
	}
	if ltn.Code(999).String() != "unknown" || !ltn.ErrConnect.Retriable() {
		t.Fatal("999 is known, or ErrConnect is final")
	}
	if ltn.Version() == "" || ltn.WireProtocol() != "btlightning" || len(ltn.Components()) == 0 {
		t.Fatal("the library does not say what it is")
	}
}
