// Package ltn is a persistent, mutually authenticated link between nodes that are known by their
// keys: the Go side of libltn.
//
// A Signer says who we are. A Client calls peers by their key, a Server answers peers that proved
// theirs. Everything that takes time has a context; every failure is an *Error that errors.Is
// compares with a code (ErrDeadline), a category (CategoryHandshake) or the standard error of the
// same meaning (context.DeadlineExceeded).
//
// Objects are safe for use from many goroutines. A closed one answers ErrClosed.
package ltn

//go:generate ../../tools/bindings/generate
