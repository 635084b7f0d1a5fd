package ltn_test

import (
	"strings"
	"testing"

	"lightning.invalid/ltn"
)

func TestTheLoadedLibraryHasTheSameConstants(t *testing.T) {
	codes := 0
	for _, name := range ltn.Constants() {
		value, err := ltn.Constant(name)
		must(t, err)
		if rest, ok := strings.CutPrefix(name, "LTN_ERR_"); ok {
			codes++
			if ltn.Code(value).String() != strings.ToLower(rest) {
				t.Errorf("%s is %v", name, ltn.Code(value))
			}
		}
	}
	for name, code := range map[string]ltn.Code{"LTN_ERR_HANDLER": ltn.ErrHandler,
		"LTN_ERR_ALPN": ltn.ErrALPN, "LTN_ERR_CLOSED": ltn.ErrClosed} {
		if value, err := ltn.Constant(name); err != nil || ltn.Code(value) != code {
			t.Errorf("%s is %d, %v", name, value, err)
		}
	}
	if codes < 40 {
		t.Fatalf("%d codes", codes)
	}
	_, err := ltn.Constant("LTN_NO_SUCH")
	wantErr(t, err, ltn.ErrInvalidArgument)
}

func TestConnectionsAreToldAsTheOriginalTellsThem(t *testing.T) {
	r := newVirtual(t).start()
	_, err := r.call("echo", nil)
	must(t, err)
	texts, err := r.client.ConnectionStats()
	must(t, err)
	if texts["total_connections"] != "1" || texts["connection_"+r.peer.Address] != "active" {
		t.Fatalf("came %v", texts)
	}
	texts, err = r.server.ConnectionStats()
	must(t, err)
	if texts["verified_connections"] != "1" {
		t.Fatalf("came %v", texts)
	}
}
