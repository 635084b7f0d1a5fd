//go:build !static

package ltn

// #cgo pkg-config: ltn
// #cgo CFLAGS: -std=c11
import "C"
