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

// SetPermits says who may connect, with require_validator_permit. It replaces the last set.
func (s *Server) SetPermits(keys []Key) error {
	return s.inside(func() error {
		return detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_set_permits(s.handle, bytePointer(joinKeys(keys)),
				C.size_t(len(keys)), detail)
		})
	})
}

// ResolvePermits asks for that set at start and every validator_permit_refresh_ms. After an error
// the last set stays. Before Start.
func (s *Server) ResolvePermits(resolve func(ctx context.Context) ([]Key, error)) error {
	if resolve == nil {
		return newError(ErrInvalidArgument, "expected a function as resolver, came nothing")
	}
	return s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_resolve_permits(s.handle, tagPermits, nil, nil, nil, detail)
		})
		if err == nil {
			s.permits = resolve
		}
		return err
	})
}

// SetSources says from where peers may connect, with enforce_source_allowlist: "bypass", or prefixes
// between spaces, commas or line ends; ! before one blocks it.
func (s *Server) SetSources(sources string) error {
	if strings.IndexByte(sources, 0) >= 0 {
		return newError(ErrInvalidArgument, "expected sources without a zero byte, came one")
	}
	text := C.CString(sources)
	defer C.free(unsafe.Pointer(text))
	return s.inside(func() error {
		return detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_set_sources(s.handle, text, detail)
		})
	})
}

// ResolveSources asks for that text as ResolvePermits does. Before Start.
func (s *Server) ResolveSources(resolve func(ctx context.Context) (string, error)) error {
	if resolve == nil {
		return newError(ErrInvalidArgument, "expected a function as resolver, came nothing")
	}
	return s.inside(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_resolve_sources(s.handle, tagSources, nil, nil, nil, detail)
		})
		if err == nil {
			s.sources = resolve
		}
		return err
	})
}

// SourceKind says where a source comes from.
type SourceKind int32

const (
	SourceListed  SourceKind = C.LTN_SOURCE_LISTED
	SourceLearned SourceKind = C.LTN_SOURCE_LEARNED
	SourceBlocked SourceKind = C.LTN_SOURCE_BLOCKED
)

// Source is where peers come from.
type Source struct {
	Kind   SourceKind
	Prefix string
	Hotkey string        // learned ones
	Age    time.Duration // learned ones
}

// Sources is a picture of what was listed, blocked and learned.
func (s *Server) Sources() ([]Source, error) {
	var out []Source
	err := s.inside(func() error {
		var list *C.ltn_source_list
		err := detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_sources(s.handle, &list, detail)
		})
		if err != nil {
			return err
		}
		defer C.ltn_source_list_free(list)
		for i := C.size_t(0); i < C.ltn_source_list_count(list); i++ {
			source := C.ltn_source{size: C.sizeof_ltn_source}
			if C.ltn_source_list_get(list, &source, i) != C.LTN_OK {
				break
			}
			out = append(out, Source{SourceKind(source.kind), C.GoString(source.prefix),
				C.GoString(source.hotkey), time.Duration(source.age_ms) * time.Millisecond})
		}
		return nil
	})
	return out, err
}

// LearnSource tells the server what an earlier run has learned.
func (s *Server) LearnSource(key Key, prefix string, age time.Duration) error {
	if strings.IndexByte(prefix, 0) >= 0 {
		return newError(ErrInvalidArgument, "expected a prefix without a zero byte, came one")
	}
	text := C.CString(prefix)
	defer C.free(unsafe.Pointer(text))
	return s.inside(func() error {
		return detailed(func(detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_learn_source(s.handle, (*C.uint8_t)(&key[0]), text,
				C.int64_t(milliseconds(age)), detail)
		})
	})
}

// Sweep closes peers that sent no request for longer than idle, and says how many.
func (s *Server) Sweep(idle time.Duration) (closed uint64, err error) {
	err = s.inside(func() error {
		var count C.uint64_t
		status := C.ltn_server_sweep(s.handle, &count, C.int64_t(milliseconds(idle)))
		closed = uint64(count)
		return statusError(status)
	})
	return closed, err
}

// Peers are those that are connected and proved.
func (s *Server) Peers() (out []PeerState, err error) {
	err = s.inside(func() error {
		out, err = peers(func(list **C.ltn_peer_list, detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_peers(s.handle, list, detail)
		})
		return err
	})
	return out, err
}

// Stat is a counter by its name (ServerStats).
func (s *Server) Stat(name string) (value uint64, err error) {
	err = s.inside(func() error {
		value, err = stat(name, func(value *C.uint64_t, name *C.char) C.ltn_status {
			return C.ltn_server_stat(s.handle, value, name)
		})
		return err
	})
	return value, err
}

// Stats are all counters that docs/options.md lists.
func (s *Server) Stats() (map[string]uint64, error) { return stats(ServerStats, s.Stat) }

// Metrics is everything the server counts, in one picture of one moment.
func (s *Server) Metrics() (out []Metric, err error) {
	err = s.inside(func() error {
		out, err = metrics(func(picture **C.ltn_metrics, detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_metrics(s.handle, picture, detail)
		})
		return err
	})
	return out, err
}
