// Key files that the network's own wallet software wrote (tests/vectors/wallet), plain and encrypted, and
// encrypted files of ours.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim/seeded_random.h"
#include "vector_lines.h"
#include "wallet/key_file.h"
#include "wallet/password.h"

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
using ltn::ByteView;
using ltn::Code;
using ltn::Error;
using ltn::Result;
using ltn::crypto::SecretBytes;
using namespace ltn::test;
using namespace ltn::wallet;

constexpr const char* kPhraseAddress = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";
constexpr const char* kSeedAddress = "5Gus7Q9JJLRvaUUbumaPwpLR2kwzEJUvMZmEo8XZa4g4Fg5P";
constexpr const char* kPrivateAddress = "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH";
constexpr std::string_view kPassword = "correct horse battery staple";

// A thousandth of what a guess costs in the files of the network.
constexpr PasswordCost kCheap{3, 64 << 10};

std::string vector_path(const char* wallet)
{
    const std::string root = std::string(LTN_TEST_DATA) + "/wallet/wallets";
    return hotkey_path(root, wallet, "default").value();
}

Unlock with_password(std::string_view password, PasswordCost cost = {})
{
    return {[password]() -> Result<SecretBytes> {
                SecretBytes bytes(password.size());
                std::memcpy(bytes.data(), password.data(), password.size());
                return bytes;
            },
            cost};
}

Unlock never_asked()
{
    return {[]() -> Result<SecretBytes> {
                std::abort();
                return Error();
            },
            kCheap};
}

ltn::Bytes sealed(std::string_view plain, std::string_view password = kPassword)
{
    const std::array<uint8_t, kNaclNonceLen> nonce{1, 2, 3};
    return seal_nacl(as_bytes(plain), as_bytes(password), nonce, kCheap).value();
}

std::string seed_json()
{
    return "{\"secretSeed\": \"0x" + std::string(64, '1') + "\", \"cryptoType\": 1}";
}

void plain_wallets_of_the_network_are_read(void**)
{
    const struct {
        const char* wallet;
        const char* address;
        KeySource source;
    } cases[] = {{"phrase", kPhraseAddress, KeySource::phrase},
                 {"seed", kSeedAddress, KeySource::seed},
                 {"private", kPrivateAddress, KeySource::private_key}};
    for (const auto& item : cases) {
        Result<KeyFile> file = read_key_file(vector_path(item.wallet), never_asked());
        assert_string_equal(file.error().text.c_str(), "");
        assert_string_equal(file->address.c_str(), item.address);
        assert_true(file->source == item.source);
        assert_true(file->can_sign());
        assert_false(file->encrypted);
    }
    const Result<KeyFile> other = read_key_file(vector_path("ed25519"));
    assert_true(other.error().code == Code::bad_key);
    assert_non_null(
        std::strstr(other.error().text.c_str(), "(Ed25519), which cannot authenticate"));
}

void public_side_needs_no_password(void**)
{
    Result<KeyFile> file = read_public_key(vector_path("nacl-phrase"));
    assert_true(file.ok());
    assert_string_equal(file->address.c_str(), kPhraseAddress);
    assert_false(file->can_sign());
    assert_string_equal(read_public_key(vector_path("seed"))->address.c_str(), kSeedAddress);
    // Not the companion of a file that is not there.
    assert_true(read_public_key(vector_path("public")).error().code == Code::io);
    assert_string_equal(read_key_file(companion_path(vector_path("public")))->address.c_str(),
                        kSeedAddress);
}

void encrypted_wallet_of_the_network_opens_with_its_password_alone(void**)
{
    const std::string path = vector_path("nacl-phrase");
    Result<KeyFile> file = read_key_file(path, with_password(kPassword));
    assert_string_equal(file.error().text.c_str(), "");
    assert_string_equal(file->address.c_str(), kPhraseAddress);
    assert_true(file->source == KeySource::phrase);
    assert_true(file->encrypted);
    assert_true(file->can_sign());

    file = read_key_file(path, with_password("default"));
    assert_true(file.error().code == Code::password);
    assert_string_equal(
        file.error().text.c_str(),
        ("key file " + path + ": wrong password (or the file was altered after it was written)")
            .c_str());
    file = read_key_file(path);
    assert_true(file.error().code == Code::password);
}

void damage_is_told_from_a_wrong_password_where_the_format_allows(void**)
{
    const ltn::Bytes good = sealed(seed_json());
    assert_true(parse_key_file(good, with_password(kPassword, kCheap)).ok());

    // Too short to hold a key: known without a password, so nobody is asked.
    for (size_t len = 5; len < 109; len += 13) {
        const Result<KeyFile> cut = parse_key_file(ByteView(good).first(len), never_asked());
        assert_true(cut.error().code == Code::config);
        assert_string_equal(
            cut.error().text.c_str(),
            ("damaged: expected an encrypted key of at least 109 bytes, got " + std::to_string(len))
                .c_str());
    }
    // An altered byte anywhere breaks the seal, as a wrong password does.
    for (const size_t at : {size_t{5}, size_t{30}, good.size() - 1}) {
        ltn::Bytes altered = good;
        altered[at] ^= 1;
        assert_true(parse_key_file(altered, with_password(kPassword, kCheap)).error().code ==
                    Code::password);
    }
    // The seal holds: then it is the content.
    const std::string nonsense(80, 'x');
    const Result<KeyFile> opened =
        parse_key_file(sealed(nonsense), with_password(kPassword, kCheap));
    assert_true(opened.error().code == Code::config);
    assert_string_equal(opened.error().text.c_str(),
                        "damaged: the password is right, what it opened is not: expected a JSON "
                        "object, got a syntax error at byte 1 of 80");
}

void password_of_no_length_or_too_long_is_refused(void**)
{
    const ltn::Bytes file = sealed(seed_json());
    assert_true(parse_key_file(file, with_password("", kCheap)).error().code == Code::password);
    const std::string huge(kPasswordLenMax + 1, 'x');
    assert_string_equal(parse_key_file(file, with_password(huge, kCheap)).error().text.c_str(),
                        "expected a password of 1 to 4096 bytes, got 4097");
    const std::string longest(kPasswordLenMax, 'x');
    assert_true(parse_key_file(sealed(seed_json(), longest), with_password(longest, kCheap)).ok());
}

void memory_that_is_refused_is_its_own_error(void**)
{
    // More than Argon2 knows how to use: a smaller sum might be granted somewhere.
    PasswordCost vast = kCheap;
    vast.memory_bytes = size_t{1} << 43;
    const Result<KeyFile> file =
        parse_key_file(sealed(seed_json()), with_password(kPassword, vast));
    assert_true(file.error().code == Code::no_memory);
    assert_string_equal(file.error().text.c_str(),
                        "turning the password into a key takes 8388608 MiB of memory, which the "
                        "system refused");
}

void password_variable_is_that_of_the_wallet_software(void**)
{
    const std::string name = password_variable("/srv/ltn.test/hotkeys/default");
    assert_string_equal(name.c_str(), "BT_PW__SRV_LTN_TEST_HOTKEYS_DEFAULT");
    Result<SecretBytes> password =
        password_from_variable(name, "ITstIjI8K3M6OS0/MW49NTEnMS0xbyc/JCk/Og==");
    assert_true(password.ok());
    assert_true(password->text() == kPassword);
    for (const char* value : {"", "ITst*", "ITs", "ITstIjI8K3M6OS0/MW49NTEnMS0xbyc/JCk/Og==x"}) {
        password = password_from_variable(name, value);
        assert_true(password.error().code == Code::password);
        assert_string_equal(password.error().text.c_str(),
                            "environment variable BT_PW__SRV_LTN_TEST_HOTKEYS_DEFAULT: expected "
                            "the Base64 form in which wallets keep a password");
    }
}

// A folder of its own that goes, with the files named here, at the end.
struct Folder {
    Folder()
    {
        const char* base = std::getenv("TMPDIR");
        path = std::string(base != nullptr ? base : "/tmp") + "/ltn-wallet-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) std::abort();
    }
    ~Folder()
    {
        for (const char* name : {"/key", "/keypub.txt", "/password", "/w/hotkeys/h"}) {
            ::unlink((path + name).c_str());
        }
        ::rmdir((path + "/w/hotkeys").c_str());
        ::rmdir((path + "/w").c_str());
        ::rmdir(path.c_str());
    }
    std::string path;
};

void put(const std::string& path, std::string_view content)
{
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
}

void password_file_gives_its_first_line(void**)
{
    const Folder folder;
    const std::string path = folder.path + "/password";
    for (const char* content : {"secret words", "secret words\n", "secret words\r\nmore\n"}) {
        put(path, content);
        assert_true(read_password_file(path)->text() == "secret words");
    }
    put(path, "\nsecret");
    assert_string_equal(
        read_password_file(path).error().text.c_str(),
        ("password file " + path + ": expected a password in the first line, got none").c_str());
    put(path, std::string(5000, 'x'));
    assert_true(read_password_file(path).error().code == Code::too_large);
    assert_true(read_password_file(path + "2").error().code == Code::io);
}

void encrypted_file_of_ours_comes_back_and_names_its_public_side(void**)
{
    const Folder folder;
    const std::string path = folder.path + "/key";
    ltn::sim::SeededRandom random(7);
    WriteTerms terms;
    terms.password = as_bytes(kPassword);
    terms.cost = kCheap;
    terms.companion = true;
    const ltn::crypto::Seed seed = unhex_array<32>(std::string(64, '1'));
    assert_string_equal(write_key_file(path, seed, terms, random).text.c_str(), "");
    for (const char* name : {"", "pub.txt"}) {
        struct stat status {};
        assert_int_equal(::stat((path + name).c_str(), &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
    }
    Result<KeyFile> file = read_key_file(path, with_password(kPassword, kCheap));
    assert_true(file.ok());
    assert_true(file->encrypted);
    assert_false(file->exposed());
    const Result<KeyFile> beside = read_public_key(path);
    assert_true(beside.ok());
    assert_true(beside->public_key == file->public_key);
    assert_true(parse_key_file(as_bytes("{}")).error().code == Code::config);

    // Two files of one key and password have nothing in common but their beginning.
    std::string first(600, 0);
    std::FILE* stream = std::fopen(path.c_str(), "rb");
    first.resize(std::fread(first.data(), 1, first.size(), stream));
    std::fclose(stream);
    assert_true(first.starts_with("$NACL"));
    assert_null(std::strstr(first.c_str(), "secret"));
    terms.if_exists = IfExists::replace;
    assert_true(write_key_file(path, seed, terms, random).ok());
    std::string second(600, 0);
    stream = std::fopen(path.c_str(), "rb");
    second.resize(std::fread(second.data(), 1, second.size(), stream));
    std::fclose(stream);
    assert_false(first.substr(5, 24) == second.substr(5, 24));
}

void readable_by_others_is_noticed(void**)
{
    const Folder folder;
    const std::string path = folder.path + "/key";
    put(path, seed_json());
    assert_int_equal(::chmod(path.c_str(), 0600), 0);
    assert_false(read_key_file(path)->exposed());
    for (const mode_t mode : {0640U, 0604U, 0660U}) {
        assert_int_equal(::chmod(path.c_str(), mode), 0);
        assert_true(read_key_file(path)->exposed());
    }
}

void missing_folders_of_a_wallet_are_made(void**)
{
    const Folder folder;
    const std::string path = hotkey_path(folder.path, "w", "h").value();
    assert_true(make_folders_for(path).ok());
    assert_true(make_folders_for(path).ok());
    struct stat status {};
    assert_int_equal(::stat((folder.path + "/w/hotkeys").c_str(), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    put(path, "x");
    assert_non_null(std::strstr(make_folders_for(path + "/y/z").text.c_str(), "cannot make"));
}

}  // namespace

int main()
{
    if (!ltn::crypto::init()) return 1;
    const CMUnitTest tests[] = {
        cmocka_unit_test(plain_wallets_of_the_network_are_read),
        cmocka_unit_test(public_side_needs_no_password),
        cmocka_unit_test(encrypted_wallet_of_the_network_opens_with_its_password_alone),
        cmocka_unit_test(damage_is_told_from_a_wrong_password_where_the_format_allows),
        cmocka_unit_test(password_of_no_length_or_too_long_is_refused),
        cmocka_unit_test(memory_that_is_refused_is_its_own_error),
        cmocka_unit_test(password_variable_is_that_of_the_wallet_software),
        cmocka_unit_test(password_file_gives_its_first_line),
        cmocka_unit_test(encrypted_file_of_ours_comes_back_and_names_its_public_side),
        cmocka_unit_test(readable_by_others_is_noticed),
        cmocka_unit_test(missing_folders_of_a_wallet_are_made),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
