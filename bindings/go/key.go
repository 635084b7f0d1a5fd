package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"strings"
	"unsafe"
)

// Key is an sr25519 public key.
type Key [C.LTN_KEY_LEN]byte

// Seed is the secret of a key.
type Seed [C.LTN_SEED_LEN]byte

// String is the hotkey text of the key (SS58, prefix 42).
func (k Key) String() string {
	var out [C.LTN_HOTKEY_TEXT_SIZE]C.char
	var n C.size_t
	if C.ltn_hotkey_encode(&out[0], C.LTN_HOTKEY_TEXT_SIZE, &n, (*C.uint8_t)(&k[0])) != C.LTN_OK {
		return ""
	}
	return C.GoStringN(&out[0], C.int(n))
}

// MarshalText makes keys hotkey texts in JSON and flags.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a hotkey text.
func (k *Key) UnmarshalText(text []byte) (err error) {
	*k, err = ParseKey(string(text))
	return err
}

// ParseKey reads a hotkey text.
func ParseKey(hotkey string) (Key, error) {
	var key Key
	if strings.IndexByte(hotkey, 0) >= 0 {
		return key, newError(ErrBadKey, "expected a hotkey, came a text with a zero byte")
	}
	text := C.CString(hotkey)
	defer C.free(unsafe.Pointer(text))
	err := detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_hotkey_decode((*C.uint8_t)(&key[0]), text, 0, detail)
	})
	return key, err
}

// NewSeed gives 32 fresh random bytes from the system.
func NewSeed() (Seed, error) {
	var seed Seed
	return seed, statusError(C.ltn_seed_generate((*C.uint8_t)(&seed[0])))
}

// Verify is nil when signature over message is good for the key.
func (k Key) Verify(message, signature []byte) error {
	return statusError(C.ltn_signature_verify((*C.uint8_t)(&k[0]), somePointer(message),
		C.size_t(len(message)), somePointer(signature), C.size_t(len(signature))))
}

// Peer says whom to call: a key, and where. Without an address the registry has to know.
type Peer struct {
	Key     Key
	Address string
}

// PeerOf reads a hotkey text; address may be empty.
func PeerOf(hotkey, address string) (Peer, error) {
	key, err := ParseKey(hotkey)
	return Peer{Key: key, Address: address}, err
}

// Version is that of the library that is loaded.
func Version() string { return C.GoString(C.ltn_version()) }

// WireProtocol is the application protocol on the wire.
func WireProtocol() string { return C.GoString(C.ltn_wire_protocol()) }

// Component is a library inside or loaded by libltn.
type Component struct{ Name, Version string }

// Components are the libraries inside the library, or loaded by it.
func Components() []Component {
	var out []Component
	for i := C.size_t(0); ; i++ {
		name := C.ltn_component_name(i)
		if name == nil {
			return out
		}
		out = append(out, Component{C.GoString(name), C.GoString(C.ltn_component_version(i))})
	}
}

func init() {
	if got := C.ltn_abi_version(); got != C.LTN_ABI_VERSION {
		panic("ltn: the library that is loaded is not of the version that was compiled against")
	}
}

func bytePointer(data []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(data)) }

// somePointer is for functions that refuse NULL also when there are no bytes.
func somePointer(data []byte) *C.uint8_t {
	if len(data) == 0 {
		data = []byte{0}
	}
	return bytePointer(data)
}

// stringPointer is never NULL: that would be no text, and an empty one is one.
func stringPointer(text string) *C.char {
	if text == "" {
		text = "\x00"
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text)))
}

// goBytes copies: what C lends ends with its operation.
func goBytes(data *C.uint8_t, n C.size_t) []byte {
	out := make([]byte, int(n))
	copy(out, unsafe.Slice((*byte)(data), int(n)))
	return out
}
