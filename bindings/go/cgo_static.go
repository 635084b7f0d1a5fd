//go:build static

package ltn

// The archive libltn.a is named in full: with -lltn a linker that finds both takes the shared one.
// #cgo pkg-config: --static ltn
// #cgo CFLAGS: -std=c11
// #cgo LDFLAGS: -l:libltn.a -lsodium -lstdc++ -lm -lpthread -ldl
import "C"
