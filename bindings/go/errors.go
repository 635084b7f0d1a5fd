package ltn

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"net"
	"unsafe"
)

// Code is the number of a failure. It is an error itself, so that
// errors.Is(err, ltn.ErrDeadline) works for every error of this package.
type Code int32

// String is the name without the prefix: "deadline" for ErrDeadline.
func (c Code) String() string {
	return C.GoString(C.ltn_status_name(C.ltn_status(c)))
}

// Error makes a code an error.
func (c Code) Error() string { return "ltn: " + c.String() }

// Retriable says whether the same request, simply made again later, may succeed.
func (c Code) Retriable() bool { return C.ltn_status_retriable(C.ltn_status(c)) != 0 }

// Category is the family of a failure, an error as Code is: errors.Is(err, ltn.CategoryHandshake).
type Category int32

// String is the name: "handshake" for CategoryHandshake.
func (c Category) String() string { return C.GoString(C.ltn_category_name(C.int32_t(c))) }

// Error makes a category an error.
func (c Category) Error() string { return "ltn: " + c.String() }

// Error is what every function of this package fails with.
type Error struct {
	Code      Code
	Category  Category
	Retriable bool
	// Text is one line for a person, with the category in front. For ErrHandler it is what the
	// peer answered.
	Text string
	// AnswerCode is the number that a peer adds to its text (btlightning/2), nil without one.
	AnswerCode *int64

	cause error
}

// Error is the text with the package's name in front.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Code.Error()
	}
	return "ltn: " + e.Text
}

// Unwrap gives what made the failure here: the cause of a context that ended, the error of an
// encoder.
func (e *Error) Unwrap() error { return e.cause }

// Is makes codes, categories and the standard errors of the same meaning comparable.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case Code:
		return e.Code == t
	case Category:
		return e.Category == t
	}
	switch target {
	case context.DeadlineExceeded:
		return e.Code == ErrDeadline
	case context.Canceled:
		return e.Code == ErrCancelled
	case net.ErrClosed:
		return e.Code == ErrClosed || e.Code == ErrShutdown
	}
	return false
}

// Timeout says whether time ran out, for those who look at a net.Error.
func (e *Error) Timeout() bool {
	return e.Code == ErrDeadline || e.Code == ErrConnectTimeout || e.Code == ErrSignerTimeout
}

// Temporary is Retriable, for those who look at a net.Error.
func (e *Error) Temporary() bool { return e.Retriable }

var _ net.Error = (*Error)(nil)

func newError(code Code, text string) *Error {
	return &Error{Code: code, Retriable: code.Retriable(), Text: text}
}

func wrapError(code Code, text string, cause error) *Error {
	e := newError(code, text)
	e.cause = cause
	return e
}

func errClosed(what string) *Error { return newError(ErrClosed, what+" is closed") }

// statusError is for functions that give no detail.
func statusError(status C.ltn_status) error {
	if status == C.LTN_OK {
		return nil
	}
	code := Code(status)
	return newError(code, code.String())
}

func takeError(e *C.ltngo_error) *Error {
	out := &Error{
		Code:      Code(e.status),
		Category:  Category(e.category),
		Retriable: e.retriable != 0,
		Text:      C.GoStringN((*C.char)(unsafe.Pointer(&e.text[0])), C.int(e.text_len)),
	}
	if out.Text == "" {
		out.Text = out.Code.String()
	}
	if e.has_code != 0 {
		code := int64(e.code)
		out.AnswerCode = &code
	}
	return out
}

// detailed runs f with an error object and turns a failure into an *Error.
func detailed(f func(detail *C.ltn_error) C.ltn_status) error {
	detail := C.ltn_error_new()
	status := f(detail)
	if status == C.LTN_OK {
		C.ltn_error_free(detail)
		return nil
	}
	var e C.ltngo_error
	C.ltngo_take(&e, detail, status)
	return takeError(&e)
}

func opError(op *C.ltn_op) *Error {
	var e C.ltngo_error
	C.ltngo_op_error(op, &e)
	return takeError(&e)
}

// contextError is the failure of a call whose context ended: the code says cancelled or deadline,
// the cause is the context's.
func contextError(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return wrapError(ErrDeadline, "the context's deadline passed", cause)
	}
	return wrapError(ErrCancelled, "the context was cancelled", cause)
}
