package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
	"unsafe"
)

// Option says something about a client, a server or a runtime when it is made.
type Option func(*settings)

type setting struct{ name, value string }

type settings struct {
	runtime *Runtime
	logger  *slog.Logger
	level   slog.Level
	config  *Config
	sets    []setting
	failed  error
}

// WithRuntime attaches to this runtime instead of the process's own.
func WithRuntime(rt *Runtime) Option { return func(s *settings) { s.runtime = rt } }

// WithLogger says where failures of handlers go, and for a runtime the library's own events. The
// default is slog.Default for handlers and nowhere for the library's events.
func WithLogger(logger *slog.Logger) Option { return func(s *settings) { s.logger = logger } }

// WithConfig sets what a file or the environment says; what code sets wins.
func WithConfig(config *Config) Option { return func(s *settings) { s.config = config } }

// Set sets an option of docs/options.md by its name. The value is a text, a number, a bool, a
// time.Duration for names that end in _ms, or nil for "none".
func Set(name string, value any) Option {
	return func(s *settings) {
		text, err := optionText(name, value)
		if err != nil && s.failed == nil {
			s.failed = err
		}
		s.sets = append(s.sets, setting{name, text})
	}
}

func collectSettings(options []Option) (*settings, error) {
	s := &settings{}
	for _, option := range options {
		if option != nil {
			option(s)
		}
	}
	return s, s.failed
}

func optionText(name string, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "none", nil
	case string:
		if strings.IndexByte(v, 0) >= 0 || strings.IndexByte(name, 0) >= 0 {
			break
		}
		return v, nil
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), nil
	case time.Duration:
		if v < 0 {
			return "", newError(ErrOutOfRange,
				fmt.Sprintf("option %s: expected a duration of 0 or more, came %v", name, v))
		}
		if strings.HasSuffix(name, "_ms") {
			return fmt.Sprint(milliseconds(v)), nil
		}
		return "", newError(ErrInvalidArgument,
			fmt.Sprintf("option %s: expected a value that is no duration, came %v", name, v))
	}
	return "", newError(ErrInvalidArgument,
		fmt.Sprintf("option %s: expected a text, a number, a bool or a duration, came %T", name, value))
}

// milliseconds rounds up: a deadline that is said is not cut short.
func milliseconds(d time.Duration) int64 {
	if d <= 0 || d > math.MaxInt64-time.Millisecond {
		return int64(d / time.Millisecond)
	}
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

type setFunc func(name, value *C.char, detail *C.ltn_error) C.ltn_status

func setOption(set setFunc, name, value string) error {
	cName, cValue := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cValue))
	return detailed(func(detail *C.ltn_error) C.ltn_status { return set(cName, cValue, detail) })
}

// Config holds settings from a file and the environment.
type Config struct{ handle *C.ltn_config }

// LoadConfig reads a TOML file (empty: none) and the variables LTN_CLIENT_..., LTN_SERVER_...,
// LTN_RUNTIME_....
func LoadConfig(path string) (*Config, error) {
	var cPath *C.char
	if path != "" {
		cPath = C.CString(path)
		defer C.free(unsafe.Pointer(cPath))
	}
	config := &Config{}
	err := detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_config_load(&config.handle, cPath, detail)
	})
	if err != nil {
		return nil, err
	}
	return config, nil
}

// Check says whether a client and a server with this and nothing else would start.
func (c *Config) Check() error {
	return detailed(func(detail *C.ltn_error) C.ltn_status {
		return C.ltn_config_check(c.handle, detail)
	})
}

// Get is the value of a setting as it was given and where; section is "client", "server" or
// "runtime".
func (c *Config) Get(section, name string) (value, origin string, err error) {
	cSection, cName := C.CString(section), C.CString(name)
	defer C.free(unsafe.Pointer(cSection))
	defer C.free(unsafe.Pointer(cName))
	var v, o *C.char
	if status := C.ltn_config_get(c.handle, &v, &o, cSection, cName); status != C.LTN_OK {
		return "", "", statusError(status)
	}
	return C.GoString(v), C.GoString(o), nil
}

// Close frees it; clients and servers keep nothing of it. Not while it is in use elsewhere.
func (c *Config) Close() {
	C.ltn_config_free(c.handle)
	c.handle = nil
}
