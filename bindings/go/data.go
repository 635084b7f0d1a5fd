package ltn

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/vmihailenco/msgpack/v5"
)

// Map is what a request and an answer carry.
type Map = map[string]any

// Raw is a MessagePack map as it stands on the wire. Given as data it is sent as it is.
type Raw []byte

// Decode reads the map into what v points to: a map, a struct with msgpack tags, or *Map.
func (r Raw) Decode(v any) (err error) {
	// The decoder panics on keys that Go cannot hash (an array as a key): a peer may send that.
	defer func() {
		if p := recover(); p != nil {
			err = wrapError(ErrMalformed, fmt.Sprintf("expected a map that Go can hold: %v", p), nil)
		}
	}()
	decoder := msgpack.GetDecoder()
	defer msgpack.PutDecoder(decoder)
	decoder.Reset(bytes.NewReader(r))
	decoder.SetMapDecoder(decodeMap)
	if err := decoder.Decode(v); err != nil {
		return wrapError(ErrMalformed, "decoding the data: "+err.Error(), err)
	}
	return nil
}

// Map is the map in Go's types.
func (r Raw) Map() (Map, error) {
	out := Map{}
	if len(r) == 0 {
		return out, nil
	}
	err := r.Decode(&out)
	return out, err
}

// decodeMap gives Map wherever all keys are texts, as callers expect, and map[any]any where not.
func decodeMap(d *msgpack.Decoder) (any, error) {
	untyped, err := d.DecodeUntypedMap()
	if err != nil {
		return nil, err
	}
	out := make(Map, len(untyped))
	for key, value := range untyped {
		text, ok := key.(string)
		if !ok {
			return untyped, nil
		}
		out[text] = value
	}
	return out, nil
}

// encode makes the bytes of a request or an answer. nil is the empty map.
func encode(data any) (Raw, error) {
	switch v := data.(type) {
	case nil:
		return nil, nil
	case Raw:
		return v, nil
	case []byte:
		return v, nil
	}
	switch kind := reflect.Indirect(reflect.ValueOf(data)).Kind(); kind {
	case reflect.Map, reflect.Struct:
	case reflect.Slice, reflect.Array:
		return nil, newError(ErrInvalidArgument, "expected a map as data, came a list")
	default:
		return nil, newError(ErrInvalidArgument, fmt.Sprintf("expected a map as data, came %T", data))
	}
	out, err := msgpack.Marshal(data)
	if err != nil {
		return nil, wrapError(ErrInvalidArgument,
			"expected data that MessagePack can hold, came something else", err)
	}
	return out, nil
}
