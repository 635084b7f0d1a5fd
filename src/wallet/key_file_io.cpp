// Key files on disk.
#include <algorithm>

#include "codec/text.h"
#include "crypto/secret.h"
#include "wallet/file.h"
#include "wallet/key_file.h"

namespace ltn::wallet {

namespace {

constexpr const char* kWhat = "key file";

Error about(const std::string& path, const Error& error)
{
    return Error(error.code, Category::config, std::string(kWhat) + " " + path + ": " + error.text);
}

// Builds the JSON in secret memory.
class Writer {
public:
    explicit Writer(size_t len_max) : memory_(len_max) {}

    void text(std::string_view text)
    {
        std::copy(text.begin(), text.end(), memory_.data() + len_);
        len_ += text.size();
    }
    void hex(ByteView bytes)
    {
        codec::hex_encode_into(bytes, memory_.bytes().subspan(len_, 2 * bytes.size()));
        len_ += 2 * bytes.size();
    }
    ByteView view() const { return memory_.view().first(len_); }

private:
    crypto::SecretBytes memory_;
    size_t len_ = 0;
};

// The fields of the wallet software in its order; without `seed` only the public ones.
void write_json(Writer& out, const crypto::KeyPair& pair, const crypto::Seed* seed)
{
    out.text("{\"accountId\":\"0x");
    out.hex(pair.public_key());
    out.text("\",\"publicKey\":\"0x");
    out.hex(pair.public_key());
    if (seed != nullptr) {
        crypto::SecretArray<64> secret;
        pair.export_secret(secret.array());
        out.text("\",\"privateKey\":\"0x");
        out.hex(secret.view());
        out.text("\",\"secretSeed\":\"0x");
        out.hex(*seed);
    }
    out.text("\",\"ss58Address\":\"");
    out.text(codec::ss58_encode(pair.public_key()));
    out.text("\",\"cryptoType\":1}");
}

Error write_content(const std::string& path, ByteView json, const WriteTerms& terms, Random& random)
{
    if (terms.password.empty()) return write_private_file(path, kWhat, json, terms.if_exists);
    std::array<uint8_t, kNaclNonceLen> nonce{};
    random.fill(nonce);
    Result<Bytes> sealed = seal_nacl(json, terms.password, nonce, terms.cost);
    if (!sealed) return about(path, sealed.error());
    return write_private_file(path, kWhat, *sealed, terms.if_exists);
}

}  // namespace

Result<KeyFile> read_key_file(const std::string& path, const Unlock& unlock)
{
    Result<FileContent> content = read_regular_file(path, kWhat, kKeyFileLenMax);
    if (!content) return content.error();
    Result<KeyFile> parsed = parse_key_file(content->bytes.view(), unlock);
    if (!parsed) return about(path, parsed.error());
    parsed->mode = content->mode;
    return parsed;
}

Result<KeyFile> read_public_key(const std::string& path)
{
    Result<KeyFile> file = read_key_file(path);
    const std::string companion = companion_path(path);
    if (file || file.error().code != Code::password || !file_exists(companion)) return file;
    return read_key_file(companion);
}

Error write_key_file(const std::string& path, const crypto::Seed& seed, const WriteTerms& terms,
                     Random& random)
{
    const crypto::KeyPair pair = crypto::KeyPair::from_seed(seed);
    Writer content(1024);
    write_json(content, pair, &seed);
    if (Error error = write_content(path, content.view(), terms, random); !error.ok()) return error;
    if (!terms.companion) return {};
    // After the key: a companion alone would name a key that nobody has.
    Writer beside(1024);
    write_json(beside, pair, nullptr);
    return write_private_file(companion_path(path), "public side (the key itself was written)",
                              beside.view(), IfExists::replace);
}

std::string companion_path(const std::string& path)
{
    return path + "pub.txt";
}

Result<std::string> hotkey_path(std::string_view root, std::string_view wallet,
                                std::string_view hotkey)
{
    for (std::string_view name : {wallet, hotkey}) {
        const bool is_component = !name.empty() && name != "." && name != ".." &&
                                  name.find('/') == std::string_view::npos &&
                                  name.find('\0') == std::string_view::npos;
        if (!is_component) {
            return Error(Code::config, Category::config,
                         "wallet and hotkey names: expected a single path component");
        }
    }
    std::string path(root);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    path += path == "/" ? "" : "/";
    path += wallet;
    path += "/hotkeys/";
    path += hotkey;
    return path;
}

}  // namespace ltn::wallet
