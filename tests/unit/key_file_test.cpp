// Key files: what is read, what is refused and how, what is written.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "crypto/hash.h"
#include "vector_lines.h"
#include "wallet/bip39.h"
#include "wallet/bip39_words.h"
#include "wallet/key_file.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using ltn::as_bytes;
using ltn::Code;
using namespace ltn::test;
using namespace ltn::wallet;

constexpr const char* kSeedHex01 =
    "0101010101010101010101010101010101010101010101010101010101010101";
constexpr const char* kSecretHex01 =
    "0bdd6dbf4edf8925e8c128bc2ddd9ed555e36240ca30ca7633d80e18d177de0d"
    "b17a2a2cf3d4a41a8e4e18cc45c8656d558eceddb0adb46bfa088a5f53bed252";
constexpr const char* kAddress01 = "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH";
constexpr const char* kAddress02 = "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq";
constexpr const char* kPhrase =
    "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
constexpr const char* kPhraseAddress = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";

// A directory of its own, with whatever is in it, goes at the end of the test.
class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        const char* base = std::getenv("TMPDIR");
        path_ = std::string(base != nullptr ? base : "/tmp") + "/ltn-key-file-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    ~TemporaryDirectory()
    {
        for (const std::string& name : names_) ::unlink(name.c_str());
        ::rmdir(path_.c_str());
    }
    std::string file(const char* name)
    {
        names_.push_back(path_ + "/" + name);
        return names_.back();
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::vector<std::string> names_;
};

void put(const std::string& path, std::string_view content)
{
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
}

std::string get(const std::string& path)
{
    std::string content(4096, '\0');
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return {};
    content.resize(std::fread(content.data(), 1, content.size(), file));
    std::fclose(file);
    return content;
}

std::string json_of(std::initializer_list<std::pair<const char*, std::string>> fields)
{
    std::string text = "{";
    for (const auto& [name, value] : fields) {
        if (text.size() > 1) text += ", ";
        text += "\"" + std::string(name) + "\": \"" + value + "\"";
    }
    return text + "}";
}

// A plain file takes no randomness.
class NoRandom final : public ltn::Random {
    void fill(ltn::MutableBytes) override { std::abort(); }
};

ltn::Error write(const std::string& path, const ltn::crypto::Seed& seed,
                 IfExists if_exists = IfExists::refuse)
{
    NoRandom random;
    WriteTerms terms;
    terms.if_exists = if_exists;
    return write_key_file(path, seed, terms, random);
}

ltn::Result<KeyFile> parse(std::string_view json)
{
    return parse_key_file(as_bytes(json));
}

const char* reason(std::string_view json)
{
    static std::string kept;
    const ltn::Result<KeyFile> file = parse(json);
    kept = file.ok() ? "accepted " + file.value().address : file.error().text;
    return kept.c_str();
}

void written_file_has_all_fields_and_is_for_the_owner_only(void**)
{
    TemporaryDirectory directory;
    const std::string path = directory.file("hotkey");
    const mode_t old_mask = ::umask(0);
    const ltn::Error error = write(path, unhex_array<32>(kSeedHex01));
    ::umask(old_mask);
    assert_string_equal(error.text.c_str(), "");
    const std::string key = "0x189dac29296d31814dc8c56cf3d36a0543372bba7538fa322a4aebfebc39e056";
    const std::string expected = "{\"accountId\":\"" + key + "\",\"publicKey\":\"" + key +
                                 "\",\"privateKey\":\"0x" + kSecretHex01 +
                                 "\",\"secretSeed\":\"0x" + kSeedHex01 + "\",\"ss58Address\":\"" +
                                 kAddress01 + "\",\"cryptoType\":1}";
    assert_string_equal(get(path).c_str(), expected.c_str());
    struct stat status {};
    assert_int_equal(::stat(path.c_str(), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);

    ltn::Result<KeyFile> back = read_key_file(path);
    assert_true(back.ok());
    assert_true(back->source == KeySource::seed);
    assert_true(back->can_sign());
    assert_string_equal(back->address.c_str(), kAddress01);
}

void existing_key_is_not_overwritten_unless_told(void**)
{
    TemporaryDirectory directory;
    const std::string path = directory.file("hotkey");
    put(path, "precious");
    const ltn::crypto::Seed seed{};
    ltn::Error error = write(path, seed);
    assert_true(error.code == Code::io);
    assert_string_equal(
        error.text.c_str(),
        ("key file " + path + ": already exists, and replacing it was not asked for").c_str());
    assert_string_equal(get(path).c_str(), "precious");
    assert_true(write(path, seed, IfExists::replace).ok());
    assert_true(read_key_file(path).ok());
    // No temporary file stays behind: the directory can be removed once the key is gone.
    ::unlink(path.c_str());
    assert_int_equal(::rmdir(directory.path().c_str()), 0);
}

void dangling_link_is_not_followed_when_writing(void**)
{
    TemporaryDirectory directory;
    const std::string path = directory.file("hotkey");
    const std::string target = directory.file("elsewhere");
    assert_int_equal(::symlink(target.c_str(), path.c_str()), 0);
    assert_false(write(path, ltn::crypto::Seed{}).ok());
    assert_int_equal(::access(target.c_str(), F_OK), -1);
}

void missing_directory_is_an_error_with_the_path(void**)
{
    const ltn::Error error = write("/nonexistent/x/hotkey", ltn::crypto::Seed{});
    assert_true(error.code == Code::io);
    assert_non_null(std::strstr(error.text.c_str(), "/nonexistent/x/hotkey"));
}

void each_kind_of_key_is_read(void**)
{
    const std::string secret = kSecretHex01;
    const std::string seed = kSeedHex01;
    const struct {
        std::string json;
        const char* address;
        KeySource source;
        bool can_sign;
    } cases[] = {
        {json_of({{"secretPhrase", kPhrase}}), kPhraseAddress, KeySource::phrase, true},
        {json_of({{"secretSeed", "0x" + seed}}), kAddress01, KeySource::seed, true},
        {json_of({{"secretSeed", seed}}), kAddress01, KeySource::seed, true},
        {json_of({{"secretSeed", secret}}), kAddress01, KeySource::seed, true},
        {json_of({{"privateKey", "0x" + secret}}), kAddress01, KeySource::private_key, true},
        {json_of({{"privateKey", seed}}), kAddress01, KeySource::private_key, true},
        {json_of({{"ss58Address", kAddress02}}), kAddress02, KeySource::address, false},
    };
    for (const auto& item : cases) {
        ltn::Result<KeyFile> file = parse(item.json);
        assert_string_equal(file.error().text.c_str(), "");
        assert_string_equal(file->address.c_str(), item.address);
        assert_true(file->source == item.source);
        assert_int_equal(file->can_sign(), item.can_sign);
        if (item.can_sign) assert_true(file->pair.public_key() == file->public_key);
    }
}

void first_field_in_the_order_of_precedence_decides(void**)
{
    const std::string other_seed(64, '2');
    assert_string_equal(parse(json_of({{"ss58Address", kAddress02},
                                       {"privateKey", kSecretHex01},
                                       {"secretSeed", other_seed},
                                       {"secretPhrase", kPhrase}}))
                            ->address.c_str(),
                        kPhraseAddress);
    const std::string seed_later =
        json_of({{"privateKey", kSecretHex01}, {"secretSeed", other_seed}});
    assert_true(parse(seed_later)->source == KeySource::seed);
    const std::string address_first =
        json_of({{"ss58Address", kAddress02}, {"privateKey", kSecretHex01}});
    assert_string_equal(parse(address_first)->address.c_str(), kAddress01);
    // A broken field is not skipped in favour of a later one.
    assert_string_equal(
        reason(json_of({{"secretSeed", "12"}, {"privateKey", kSecretHex01}})),
        "field secretSeed: expected 64 or 128 hexadecimal digits, got 2 characters");
}

void field_of_the_wrong_type_counts_as_absent(void**)
{
    const std::string tail = ", \"ss58Address\": \"" + std::string(kAddress02) + "\"}";
    for (const char* value :
         {"null", "1", "-1", "1.5", "true", "[\"x\"]", "{\"a\": \"b\"}", "{}"}) {
        const std::string json = "{\"secretSeed\": " + std::string(value) + tail;
        assert_string_equal(reason(json), (std::string("accepted ") + kAddress02).c_str());
    }
    assert_string_equal(reason("{\"cryptoType\": \"0\"" + tail),
                        (std::string("accepted ") + kAddress02).c_str());
    // The last of a repeated name wins, also when it is of no use.
    assert_string_equal(
        reason("{\"secretSeed\": \"" + std::string(kSeedHex01) + "\", \"secretSeed\": null" + tail),
        (std::string("accepted ") + kAddress02).c_str());
}

void only_the_outermost_object_counts(void**)
{
    const std::string inner = json_of({{"secretSeed", kSeedHex01}});
    const char* nothing =
        "expected one of secretPhrase, secretSeed, privateKey, ss58Address, got none";
    assert_string_equal(reason("{\"a\": " + inner + "}"), nothing);
    assert_string_equal(reason("{\"a\": [" + inner + ", \"secretSeed\", \"x\"]}"), nothing);
    assert_string_equal(reason("{\"secretSeed\": [" + inner + "]}"), nothing);
    assert_string_equal(reason("{}"), nothing);
    assert_string_equal(reason("{\"x\": \"a \\\" { secretSeed\", \"note\": \"\\\\\"}"), nothing);
}

void crypto_type_decides_whether_the_key_can_authenticate(void**)
{
    const std::string head =
        "{\"secretPhrase\": \"" + std::string(kPhrase) + "\", \"cryptoType\": ";
    assert_string_equal(reason(head + "1}"), (std::string("accepted ") + kPhraseAddress).c_str());
    assert_string_equal(
        reason(head + "0}"),
        "field cryptoType: expected 1 (sr25519), got 0 (Ed25519), which cannot authenticate here");
    assert_string_equal(reason(head + "2}"), "field cryptoType: expected 1 (sr25519), got 2");
    assert_string_equal(reason(head + "-3}"), "field cryptoType: expected 1 (sr25519), got -3");
    assert_string_equal(reason(head + "18446744073709551615}"),
                        "field cryptoType: expected 1 (sr25519), got 9223372036854775807");
}

void other_encryptions_are_refused_by_name(void**)
{
    const char* const cases[][2] = {{"$ANSIBLE_VAULT;1.1;AES256\n63", "Ansible Vault"},
                                    {"gAAAAABk", "Fernet"}};
    for (const auto& item : cases) {
        assert_true(parse(item[0]).error().code == Code::unsupported);
        const std::string expected =
            std::string("expected a plain or a $NACL key file, got one encrypted with ") + item[1] +
            ", which is not supported: have the wallet software convert it";
        assert_string_equal(reason(item[0]), expected.c_str());
    }
}

void malformed_json_says_where(void**)
{
    assert_string_equal(reason(""), "expected a JSON object, got a syntax error at byte 1 of 0");
    assert_string_equal(reason("{\"secretSeed\": \"00\""),
                        "expected a JSON object, got a syntax error at byte 20 of 19");
    assert_string_equal(reason("{\"secretSeed\" \"00\"}"),
                        "expected a JSON object, got a syntax error at byte 18 of 19");
    assert_string_equal(reason("{\"secretSeed"),
                        "expected a JSON object, got a syntax error at byte 13 of 12");
    assert_string_equal(reason("{} x"),
                        "expected a JSON object, got a syntax error at byte 4 of 4");
    assert_string_equal(reason("[\"secretSeed\"]"),
                        "expected a JSON object, got another JSON value");
    assert_string_equal(reason("\"0x00\""), "expected a JSON object, got another JSON value");
    assert_string_equal(reason("{\"a\": \"\xff\"}"), "expected JSON in UTF-8, got other bytes");
    assert_false(parse("{\"a\": \"line\nbreak\"}").ok());
    assert_false(parse(std::string(60000, '[')).ok());
    assert_false(parse(std::string(60000, '"')).ok());
}

void broken_fields_say_what_was_expected_and_keep_the_secret(void**)
{
    std::string almost = kSeedHex01;
    almost[10] = 'g';
    assert_string_equal(reason(json_of({{"secretSeed", almost}})),
                        "field secretSeed: expected hexadecimal digits, got another character");
    assert_string_equal(reason(json_of({{"privateKey", std::string(128, 'f')}})),
                        "field privateKey: secret key: expected a scalar below the group order, "
                        "got one that is not");
    assert_string_equal(
        reason(json_of({{"secretSeed", ""}})),
        "field secretSeed: expected 64 or 128 hexadecimal digits, got 0 characters");
    assert_string_equal(reason(json_of({{"ss58Address", "5CfCr"}})),
                        "field ss58Address: Length is bad");
    assert_string_equal(
        reason(json_of({{"ss58Address", "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"}})),
        "field ss58Address: expected a valid public key, got no usable point");
    assert_string_equal(reason(json_of({{"secretPhrase", "\\u0061bandon"}})),
                        "field secretPhrase: expected plain text, got a JSON escape sequence");
}

void wrong_phrases_are_refused_without_repeating_a_word(void**)
{
    const std::string head = "field secretPhrase: secret phrase: ";
    auto expect = [&](const std::string& phrase, const char* text) {
        assert_string_equal(reason(json_of({{"secretPhrase", phrase}})), (head + text).c_str());
    };
    expect("", "expected 12, 15, 18, 21 or 24 words, got 0");
    expect("bottom drive", "expected 12, 15, 18, 21 or 24 words, got 2");
    std::string long_phrase;
    for (int i = 0; i < 3000; ++i) long_phrase += "zoo ";
    expect(long_phrase, "expected 12, 15, 18, 21 or 24 words, got more than 24");
    expect("bottom drive obey lake curtain smoke basket hold race lonely fit fit",
           "the checksum in the last word does not match");
    expect("bottom drive hunter2 lake", "word 3 is not in the English list");
    expect("Bottom drive", "word 1 is not in the English list");
    expect("bottom driv", "word 2 is not in the English list");
}

void phrases_of_every_length_agree_with_the_reference(void**)
{
    for (const Fields& line : read_vector_lines("sr25519.phrases.txt")) {
        const std::string phrase = join_fields(line, 2);
        ltn::crypto::SecretArray<32> seed;
        assert_true(seed_from_phrase(phrase, seed).ok());
        assert_string_equal(ltn::codec::hex_encode(seed.view()).c_str(), line[0].c_str());
        assert_string_equal(parse(json_of({{"secretPhrase", phrase}}))->address.c_str(),
                            line[1].c_str());
    }
    ltn::crypto::SecretArray<32> seed;
    assert_true(seed_from_phrase(std::string(" \n") + kPhrase + "\t\r\n", seed).ok());
    assert_string_equal(ltn::codec::hex_encode(seed.view()).c_str(),
                        "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e");
    assert_string_equal(
        reason(json_of({{"secretPhrase",
                         "legal winner thank year wave sausage worth useful legal winner thank "
                         "yellow"}})),
        "accepted 5EHgWw2Af1pnoc7f1A8bfmM97W3DAYW8xr82RfhLL9oAabAe");
}

void word_list_is_the_published_one(void**)
{
    std::string lines = kBip39English;
    for (char& c : lines) c = c == ' ' ? '\n' : c;
    std::array<uint8_t, 32> hash{};
    ltn::crypto::sha256(as_bytes(lines), hash);
    assert_string_equal(ltn::codec::hex_encode(hash).c_str(),
                        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

void unreadable_files_are_errors_that_name_the_path(void**)
{
    TemporaryDirectory directory;
    const std::string path = directory.file("hotkey");
    assert_true(read_key_file(path).error().code == Code::io);
    assert_non_null(std::strstr(read_key_file(path).error().text.c_str(), path.c_str()));
    assert_string_equal(read_key_file(directory.path()).error().text.c_str(),
                        ("key file " + directory.path() + ": expected a regular file").c_str());
    put(path, std::string(64 * 1024 + 1, ' '));
    assert_string_equal(read_key_file(path).error().text.c_str(),
                        ("key file " + path + ": expected at most 65536 bytes, got more").c_str());
    put(path, "{}" + std::string(64 * 1024 - 2, ' '));
    assert_true(read_key_file(path).error().code == Code::config);
    // A pipe that nobody writes to must not hold the reader.
    const std::string pipe = directory.file("pipe");
    assert_int_equal(::mkfifo(pipe.c_str(), 0600), 0);
    assert_true(read_key_file(pipe).error().code == Code::config);
}

void hotkey_path_follows_the_layout_of_the_wallets(void**)
{
    auto path = [](const char* root, const char* wallet, const char* hotkey) {
        return hotkey_path(root, wallet, hotkey).value();
    };
    assert_string_equal(path("/users/me/.bittensor/wallets", "default", "h").c_str(),
                        "/users/me/.bittensor/wallets/default/hotkeys/h");
    assert_string_equal(path("/users/me/wallets//", "w", "h").c_str(),
                        "/users/me/wallets/w/hotkeys/h");
    assert_string_equal(path("/", "w", "h").c_str(), "/w/hotkeys/h");
    assert_string_equal(path("relative", "w", "h").c_str(), "relative/w/hotkeys/h");
    // Whose home that would be is for the program to say.
    assert_string_equal(path("~/x", "w", "h").c_str(), "~/x/w/hotkeys/h");
    for (const char* name : {"", ".", "..", "a/b", "../x"}) {
        assert_false(hotkey_path("/w", name, "h").ok());
        assert_false(hotkey_path("/w", "w", name).ok());
    }
}

}  // namespace

int main()
{
    if (!ltn::crypto::init()) return 1;
    const CMUnitTest tests[] = {
        cmocka_unit_test(written_file_has_all_fields_and_is_for_the_owner_only),
        cmocka_unit_test(existing_key_is_not_overwritten_unless_told),
        cmocka_unit_test(dangling_link_is_not_followed_when_writing),
        cmocka_unit_test(missing_directory_is_an_error_with_the_path),
        cmocka_unit_test(each_kind_of_key_is_read),
        cmocka_unit_test(first_field_in_the_order_of_precedence_decides),
        cmocka_unit_test(field_of_the_wrong_type_counts_as_absent),
        cmocka_unit_test(only_the_outermost_object_counts),
        cmocka_unit_test(crypto_type_decides_whether_the_key_can_authenticate),
        cmocka_unit_test(other_encryptions_are_refused_by_name),
        cmocka_unit_test(malformed_json_says_where),
        cmocka_unit_test(broken_fields_say_what_was_expected_and_keep_the_secret),
        cmocka_unit_test(wrong_phrases_are_refused_without_repeating_a_word),
        cmocka_unit_test(phrases_of_every_length_agree_with_the_reference),
        cmocka_unit_test(word_list_is_the_published_one),
        cmocka_unit_test(unreadable_files_are_errors_that_name_the_path),
        cmocka_unit_test(hotkey_path_follows_the_layout_of_the_wallets),
    };
    return cmocka_run_group_tests_name("key_file", tests, nullptr, nullptr);
}
