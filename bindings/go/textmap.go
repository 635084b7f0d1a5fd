package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import "unsafe"

// ConnectionStats is what get_connection_stats of the original gives.
func (c *Client) ConnectionStats() (map[string]string, error) {
	if !c.gate.enter() {
		return nil, errClosed("the client")
	}
	defer c.gate.leave()
	return textMap(func(out **C.ltn_text_map, detail *C.ltn_error) C.ltn_status {
		return C.ltn_client_connection_stats(c.handle, out, detail)
	})
}

// ConnectionStats is what get_connection_stats of the original gives.
func (s *Server) ConnectionStats() (out map[string]string, err error) {
	err = s.inside(func() error {
		out, err = textMap(func(out **C.ltn_text_map, detail *C.ltn_error) C.ltn_status {
			return C.ltn_server_connection_stats(s.handle, out, detail)
		})
		return err
	})
	return out, err
}

func textMap(get func(out **C.ltn_text_map, detail *C.ltn_error) C.ltn_status) (map[string]string,
	error) {
	var texts *C.ltn_text_map
	err := detailed(func(detail *C.ltn_error) C.ltn_status { return get(&texts, detail) })
	if err != nil {
		return nil, err
	}
	defer C.ltn_text_map_free(texts)
	out := map[string]string{}
	for i := C.size_t(0); i < C.ltn_text_map_count(texts); i++ {
		var key, value *C.char
		if C.ltn_text_map_get(texts, &key, &value, i) != C.LTN_OK {
			break
		}
		out[C.GoString(key)] = C.GoString(value)
	}
	return out, nil
}

// Constant is the value of a constant of the header in the library that is loaded.
func Constant(name string) (int64, error) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	var value C.int64_t
	status := C.ltn_constant(&value, text)
	return int64(value), statusError(status)
}

// Constants are the names of all of them.
func Constants() []string {
	var out []string
	for i := C.size_t(0); ; i++ {
		name := C.ltn_constant_name(i)
		if name == nil {
			return out
		}
		out = append(out, C.GoString(name))
	}
}
