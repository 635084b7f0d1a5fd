#include "quic/tls/certificate.h"

#include <sodium.h>

// First of all wolfSSL headers, and so in a block of its own.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <cstring>
#include <initializer_list>

#include "quic/tls/random.h"

namespace ltn::quic::tls {

namespace {

// A handful of DER is written by hand: wolfSSL's generator takes its dates from the clock, which
// this row does not have, and orders fields its own way.
constexpr uint8_t kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kUtf8 = 0x0c,
                  kUtcTime = 0x17, kGeneralizedTime = 0x18, kSequence = 0x30, kSet = 0x31;

constexpr uint8_t kOidEcdsaSha256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
constexpr uint8_t kOidCommonName[] = {0x06, 0x03, 0x55, 0x04, 0x03};
constexpr uint8_t kOidSubjectAltName[] = {0x06, 0x03, 0x55, 0x1d, 0x11};
constexpr uint8_t kVersion3[] = {0xa0, 0x03, 0x02, 0x01, 0x02};

// SubjectPublicKeyInfo up to the point, for the two kinds of key we accept.
constexpr uint8_t kSpkiP256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr uint8_t kSpkiEd25519[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

Bytes der(uint8_t tag, std::initializer_list<ByteView> parts)
{
    size_t len = 0;
    for (ByteView part : parts) len += part.size();
    Bytes out{tag};
    if (len < 0x80) {
        out.push_back(static_cast<uint8_t>(len));
    } else if (len < 0x100) {
        out.push_back(0x81);
        out.push_back(static_cast<uint8_t>(len));
    } else {
        out.push_back(0x82);
        out.push_back(static_cast<uint8_t>(len >> 8));
        out.push_back(static_cast<uint8_t>(len & 0xff));
    }
    for (ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

Bytes common_name(std::string_view name)
{
    Bytes value = der(kUtf8, {as_bytes(name)});
    Bytes pair = der(kSequence, {kOidCommonName, value});
    Bytes set = der(kSet, {pair});
    return der(kSequence, {set});
}

Bytes alternative_name(std::string_view dns)
{
    Bytes general_name = der(0x82, {as_bytes(dns)});
    Bytes names = der(kSequence, {general_name});
    Bytes octets = der(kOctetString, {names});
    Bytes extension = der(kSequence, {kOidSubjectAltName, octets});
    Bytes list = der(kSequence, {extension});
    return der(0xa3, {list});
}

Bytes tbs_certificate(ByteView spki)
{
    // Serial: the first 20 bytes of SHA-256 over the public point. The top bits are 01, so that DER reads
    // them as positive and without a leading zero, whatever follows.
    uint8_t digest[crypto_hash_sha256_BYTES];
    ByteView point = spki.subspan(sizeof kSpkiP256 - 1);
    crypto_hash_sha256(digest, point.data(), point.size());
    digest[0] = static_cast<uint8_t>((digest[0] & 0x3f) | 0x40);
    Bytes serial = der(kInteger, {ByteView(digest, 20)});
    Bytes algorithm = der(kSequence, {kOidEcdsaSha256});
    Bytes name = common_name("rcgen self signed cert");
    Bytes from = der(kUtcTime, {as_bytes("750101000000Z")});
    Bytes until = der(kGeneralizedTime, {as_bytes("40960101000000Z")});
    Bytes validity = der(kSequence, {from, until});
    Bytes extensions = alternative_name("localhost");
    return der(kSequence, {kVersion3, serial, algorithm, name, validity, name, spki, extensions});
}

struct EccKey {
    ecc_key key;
    WC_RNG rng;
    bool ready;

    EccKey() : ready(wc_ecc_init(&key) == 0 && wc_InitRng(&rng) == 0)
    {
        if (ready) wc_ecc_set_rng(&key, &rng);
    }
    ~EccKey()
    {
        wc_ecc_free(&key);
        wc_FreeRng(&rng);
    }
};

Error failed(const char* what, int code)
{
    return Error(
        Code::internal, Category::handshake,
        std::string("certificate: ") + what + " failed with wolfSSL code " + std::to_string(code));
}

}  // namespace

Fingerprint fingerprint_of(ByteView certificate_der)
{
    Fingerprint out;
    crypto_generichash(out.data(), out.size(), certificate_der.data(), certificate_der.size(),
                       nullptr, 0);
    return out;
}

Result<Identity> make_identity(Random& random)
{
    RandomScope scope(random);
    EccKey ecc;
    if (!ecc.ready) return failed("key set-up", -1);
    if (int rc = wc_ecc_make_key_ex(&ecc.rng, 32, &ecc.key, ECC_SECP256R1); rc != 0) {
        return failed("key generation", rc);
    }

    uint8_t point[65];
    word32 point_len = sizeof point;
    if (int rc = wc_ecc_export_x963(&ecc.key, point, &point_len); rc != 0) {
        return failed("point export", rc);
    }
    Bytes spki(std::begin(kSpkiP256), std::end(kSpkiP256));
    spki.insert(spki.end(), point + 1, point + point_len);

    Bytes tbs = tbs_certificate(spki);
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, tbs.data(), tbs.size());
    uint8_t signature[ECC_MAX_SIG_SIZE];
    word32 signature_len = sizeof signature;
    if (int rc =
            wc_ecc_sign_hash(digest, sizeof digest, signature, &signature_len, &ecc.rng, &ecc.key);
        rc != 0) {
        return failed("signature", rc);
    }

    Identity identity;
    const uint8_t no_unused_bits[] = {0};
    Bytes bits = der(kBitString, {no_unused_bits, ByteView(signature, signature_len)});
    Bytes algorithm = der(kSequence, {kOidEcdsaSha256});
    identity.chain.push_back(der(kSequence, {tbs, algorithm, bits}));
    identity.fingerprint = fingerprint_of(identity.chain.front());

    identity.key_der.resize(256);
    int len = wc_EccKeyToDer(&ecc.key, identity.key_der.data(),
                             static_cast<word32>(identity.key_der.size()));
    if (len <= 0) return failed("key encoding", len);
    identity.key_der.resize(static_cast<size_t>(len));
    return identity;
}

bool key_kind_allowed(ByteView certificate_der)
{
    uint8_t spki[512];
    word32 len = sizeof spki;
    if (wc_GetSubjectPubKeyInfoDerFromCert(
            certificate_der.data(), static_cast<word32>(certificate_der.size()), spki, &len) != 0) {
        return false;
    }
    auto starts_with = [&](ByteView prefix) {
        return len > prefix.size() && std::memcmp(spki, prefix.data(), prefix.size()) == 0;
    };
    return starts_with(kSpkiP256) || starts_with(kSpkiEd25519);
}

}  // namespace ltn::quic::tls
