package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"strings"
	"time"
	"unsafe"
)

// PeerStatus is how a registered or connected peer is doing.
type PeerStatus int32

const (
	PeerWaiting    PeerStatus = C.LTN_PEER_WAITING
	PeerReady      PeerStatus = C.LTN_PEER_READY
	PeerBackoff    PeerStatus = C.LTN_PEER_BACKOFF
	PeerExhausted  PeerStatus = C.LTN_PEER_EXHAUSTED
	PeerFalseClaim PeerStatus = C.LTN_PEER_FALSE_CLAIM
	PeerOverLimit  PeerStatus = C.LTN_PEER_OVER_LIMIT
)

// PeerState is one line of a picture of all peers.
type PeerState struct {
	Key         Key
	Hotkey      string
	Address     string
	Status      PeerStatus
	Err         error // why it is not ready, a Code; nil otherwise
	Attempts    int   // failed ones in a row
	NextTry     time.Duration
	RTT         time.Duration // below 0: not known
	ClockOffset time.Duration
}

func peers(get func(out **C.ltn_peer_list, detail *C.ltn_error) C.ltn_status) ([]PeerState, error) {
	var list *C.ltn_peer_list
	err := detailed(func(detail *C.ltn_error) C.ltn_status { return get(&list, detail) })
	if err != nil {
		return nil, err
	}
	defer C.ltn_peer_list_free(list)
	count := C.ltn_peer_list_count(list)
	out := make([]PeerState, 0, int(count))
	for i := C.size_t(0); i < count; i++ {
		peer := C.ltn_peer{size: C.sizeof_ltn_peer}
		if C.ltn_peer_list_get(list, &peer, i) != C.LTN_OK {
			break
		}
		state := PeerState{
			Hotkey:      C.GoString(peer.hotkey),
			Address:     C.GoString(peer.address),
			Status:      PeerStatus(peer.state),
			Attempts:    int(peer.attempts),
			NextTry:     time.Duration(peer.next_try_ms) * time.Millisecond,
			RTT:         time.Duration(peer.rtt_ns),
			ClockOffset: time.Duration(peer.clock_offset_ms) * time.Millisecond,
		}
		copy(state.Key[:], unsafe.Slice((*byte)(&peer.key[0]), len(state.Key)))
		if peer.status != C.LTN_OK {
			state.Err = Code(peer.status)
		}
		out = append(out, state)
	}
	return out, nil
}

// RegistryEntry is a peer that is to be kept connected, and where.
type RegistryEntry struct{ Hotkey, Address string }

// SetRegistry replaces the list of peers that are kept connected, and waits until every entry has
// its outcome: nil for those that proved their key. An entry that is wrong costs only itself.
func (c *Client) SetRegistry(ctx context.Context, entries []RegistryEntry) ([]error, error) {
	for _, entry := range entries {
		if strings.IndexByte(entry.Hotkey, 0) >= 0 || strings.IndexByte(entry.Address, 0) >= 0 {
			return nil, newError(ErrInvalidArgument, "expected texts without a zero byte in the registry, came one")
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, contextError(ctx)
	}
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	texts := make([]*C.char, 2*len(entries)+1)
	for i, entry := range entries {
		texts[i] = C.CString(entry.Hotkey)
		texts[len(entries)+i] = C.CString(entry.Address)
	}
	defer func() {
		for _, text := range texts {
			C.free(unsafe.Pointer(text))
		}
	}()
	// The header gives an update no tag, so no event can be matched to it: it is waited for here, in
	// slices.
	var op *C.ltn_op
	var e C.ltngo_error
	if C.ltngo_registry_set(c.handle, &op, &texts[0], &texts[len(entries)],
		C.size_t(len(entries)), &e) != C.LTN_OK {
		return nil, takeError(&e)
	}
	defer C.ltn_op_free(op)
	err := c.rt.await(ctx, func(timeoutMS int64) C.ltn_status {
		if timeoutMS == 0 {
			return C.ltn_op_status(op)
		}
		return C.ltn_op_wait(op, C.int64_t(timeoutMS))
	})
	if err != nil {
		return nil, err
	}
	if status := C.ltn_op_status(op); status != C.LTN_OK {
		return nil, opError(op)
	}
	outcomes := make([]error, len(entries))
	for i := range outcomes {
		outcomes[i] = registryOutcome(op, i)
	}
	return outcomes, nil
}

func registryOutcome(op *C.ltn_op, index int) error {
	detail := C.ltn_error_new()
	var outcome C.ltn_status
	status := C.ltn_op_outcome(op, &outcome, C.size_t(index), detail)
	if status != C.LTN_OK {
		outcome = status
	}
	if outcome == C.LTN_OK {
		C.ltn_error_free(detail)
		return nil
	}
	var e C.ltngo_error
	C.ltngo_take(&e, detail, outcome)
	return takeError(&e)
}
