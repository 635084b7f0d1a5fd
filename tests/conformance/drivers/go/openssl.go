package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>

// OpenSSL of the machine beside the library: NULL when it is not there, "" when it does not work.
static const char* openssl_version(void)
{
    void* tls = dlopen("libssl.so.3", RTLD_NOW | RTLD_GLOBAL);
    void* crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_GLOBAL);
    unsigned char digest[32] = {0};
    void* context;
    if (tls == NULL || crypto == NULL) return NULL;
    const char* (*version)(int) = (const char* (*)(int))dlsym(crypto, "OpenSSL_version");
    unsigned char* (*hash)(const unsigned char*, size_t, unsigned char*) =
        (unsigned char* (*)(const unsigned char*, size_t, unsigned char*))dlsym(crypto, "SHA256");
    const void* (*method)(void) = (const void* (*)(void))dlsym(tls, "TLS_client_method");
    void* (*context_new)(const void*) = (void* (*)(const void*))dlsym(tls, "SSL_CTX_new");
    void (*context_free)(void*) = (void (*)(void*))dlsym(tls, "SSL_CTX_free");
    context = context_new(method());
    if (context == NULL || hash(digest, 0, digest) == NULL || digest[0] != 0xe3) return "";
    context_free(context);
    return version(0);
}
*/
import "C"

import "errors"

// openssl loads the machine's TLS library into this process and uses it.
func openssl(*driver, request) (fields, error) {
	version := C.openssl_version()
	if version == nil {
		return nil, errUnknown
	}
	text := C.GoString(version)
	if text == "" {
		return nil, errors.New("expected OpenSSL to work, came a wrong hash or no context")
	}
	return fields{"version": text}, nil
}
