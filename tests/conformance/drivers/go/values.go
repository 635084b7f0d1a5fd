package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"lightning.invalid/ltn"
)

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// shownWhole is how many bytes are still shown as they are.
const shownWhole = 4096

func shown(data []byte) any {
	if len(data) <= shownWhole {
		return hex.EncodeToString(data)
	}
	sum := sha256.Sum256(data)
	return fields{"len": len(data), "sha256": hex.EncodeToString(sum[:])}
}

// filled is the map {"b": bin} with n zero bytes.
func filled(n int) []byte {
	out := []byte{0x81, 0xa1, 'b'}
	switch {
	case n < 1<<8:
		out = append(out, 0xc4, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0xc5), uint16(n))
	default:
		out = binary.BigEndian.AppendUint32(append(out, 0xc6), uint32(n))
	}
	return append(out, make([]byte, n)...)
}

// bytesOf reads hexadecimal, or {"fill": N} as make says.
func bytesOf(raw json.RawMessage, make func(n int) []byte) ([]byte, error) {
	var wish struct{ Fill int }
	if len(raw) > 0 && raw[0] == '{' {
		err := json.Unmarshal(raw, &wish)
		return make(wish.Fill), err
	}
	text := ""
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// body is what a call carries: bytes as they are, or a value for the codec.
func body(r request) (data any, isValue bool, err error) {
	if r.has("value") {
		value := ltn.Map{}
		if err := r.read("value", &value); err != nil {
			return nil, true, err
		}
		return plain(value), true, nil
	}
	if !r.has("data") {
		return nil, false, nil
	}
	raw, err := bytesOf(r["data"], filled)
	return raw, false, err
}

// plain turns JSON's numbers into Go's.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		float, _ := v.Float64()
		return float
	case map[string]any:
		for key, each := range v {
			v[key] = plain(each)
		}
	case []any:
		for i, each := range v {
			v[i] = plain(each)
		}
	}
	return value
}

// answerOf shows an answer as its request came.
func answerOf(raw ltn.Raw, isValue bool) (fields, error) {
	if !isValue {
		return fields{"data": shown(raw)}, nil
	}
	value, err := raw.Map()
	return fields{"value": value}, err
}

func peerOf(r request) (ltn.Peer, error) {
	var peer struct{ Hotkey, Address string }
	if err := r.read("peer", &peer); err != nil {
		return ltn.Peer{}, err
	}
	return ltn.PeerOf(peer.Hotkey, peer.Address)
}

func seedOf(text string) (seed ltn.Seed, err error) {
	data, err := hex.DecodeString(text)
	if err == nil && len(data) != len(seed) {
		err = errUnknown
	}
	copy(seed[:], data)
	return seed, err
}

func keyOf(text string) (key ltn.Key, err error) {
	data, err := hex.DecodeString(text)
	if err == nil && len(data) != len(key) {
		err = fmt.Errorf("expected a key of %d bytes, came %d", len(key), len(data))
	}
	copy(key[:], data)
	return key, err
}

func options(r request) ([]ltn.Option, error) {
	all := map[string]string{}
	err := r.read("options", &all)
	out := []ltn.Option{}
	for name, value := range all {
		out = append(out, ltn.Set(name, value))
	}
	return out, err
}

func same(a, b []byte) bool { return bytes.Equal(a, b) }
