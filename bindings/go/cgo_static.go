//go:build static

// The archive is named in full: with -lltn a linker that finds both takes the shared library.

package ltn

// #cgo pkg-config: --static ltn
// #cgo CFLAGS: -std=c11
// #cgo LDFLAGS: -l:libltn.a
import "C"
