#include "quic/tls/random.h"

#include <sodium.h>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/random.h>

namespace ltn::quic::tls {

namespace {

// A plain pointer: nothing to construct or destroy when threads come and go.
thread_local Random* t_source = nullptr;

void fill(uint8_t* out, size_t len)
{
    if (t_source != nullptr) {
        t_source->fill(MutableBytes(out, len));
    } else {
        randombytes_buf(out, len);
    }
}

}  // namespace

RandomScope::RandomScope(Random& source) : previous_(t_source)
{
    t_source = &source;
}

RandomScope::~RandomScope()
{
    t_source = previous_;
}

}  // namespace ltn::quic::tls

// Named in wolfSSL's build by CUSTOM_RAND_GENERATE_BLOCK; zero means success.
extern "C" int ltn_tls_random(unsigned char* output, unsigned int len);

extern "C" int ltn_tls_random(unsigned char* output, unsigned int len)
{
    ltn::quic::tls::fill(output, len);
    return 0;
}

// With a block generator of ours wolfSSL leaves its own seed function out but still refers to it.
extern "C" int wc_GenerateSeed(OS_Seed*, byte* output, word32 len)
{
    ltn::quic::tls::fill(output, len);
    return 0;
}
