#include "secrets.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

namespace ltn_program {

namespace {

int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

// A filler instead of zeros: a zero would end the argument early, and the option parser has to see
// that there was one.
void cover(char* text)
{
    const size_t len = std::strlen(text);
    sodium_memzero(text, len);
    std::memset(text, 'x', len);
}

// The value of the option `name` ("--seed") in or after argv[i]; moves i on to it.
char* value_of(const char* name, int& i, int argc, char** argv)
{
    const size_t len = std::strlen(name);
    if (argv[i] == nullptr || std::strncmp(argv[i], name, len) != 0) return nullptr;
    if (argv[i][len] == '=') return argv[i] + len + 1;
    return argv[i][len] == '\0' && i + 1 < argc ? argv[++i] : nullptr;
}

}  // namespace

SecretSeed::SecretSeed()
{
    // Without the right to lock memory the seed stays usable; it is still wiped.
    static_cast<void>(sodium_mlock(bytes_, sizeof bytes_));
    sodium_memzero(bytes_, sizeof bytes_);
}

SecretSeed::~SecretSeed()
{
    sodium_memzero(bytes_, sizeof bytes_);
    static_cast<void>(sodium_munlock(bytes_, sizeof bytes_));
}

bool SecretSeed::set_hex(const char* text)
{
    given = true;
    problem.clear();
    const size_t len = std::strlen(text);
    if (len != 2 * LTN_SEED_LEN) {
        problem = "expected 64 hexadecimal digits, got " + std::to_string(len) + " characters";
        return false;
    }
    for (size_t i = 0; i < LTN_SEED_LEN; ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            const size_t at = 2 * i + (high < 0 ? 0 : 1);
            problem = "expected 64 hexadecimal digits, got another character at position " +
                      std::to_string(at + 1);
            sodium_memzero(bytes_, sizeof bytes_);
            return false;
        }
        bytes_[i] = static_cast<uint8_t>(high * 16 + low);
    }
    return true;
}

SecretText::SecretText()
{
    static_cast<void>(sodium_mlock(bytes_, sizeof bytes_));
}

SecretText::~SecretText()
{
    static_cast<void>(sodium_munlock(bytes_, sizeof bytes_));  // wipes
}

bool SecretText::set(const char* text, size_t len)
{
    given = true;
    len_ = 0;
    if (len > kLenMax) return false;
    std::memcpy(bytes_, text, len);
    len_ = len;
    return true;
}

bool SecretText::operator==(const SecretText& other) const
{
    return len_ == other.len_ && sodium_memcmp(bytes_, other.bytes_, len_) == 0;
}

bool take_password_variable(Secrets& secrets, const char* name)
{
    char* value = std::getenv(name);
    if (value == nullptr || value[0] == '\0') return false;
    static_cast<void>(secrets.password.set(value, std::strlen(value)));
    sodium_memzero(value, std::strlen(value));
    unsetenv(name);
    return true;
}

void take_secrets(Secrets& secrets, int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--") == 0) break;
        if (char* seed = value_of("--seed", i, argc, argv); seed != nullptr) {
            secrets.argument.set_hex(seed);
            cover(seed);
        } else if (char* word = value_of("--password", i, argc, argv); word != nullptr) {
            static_cast<void>(secrets.password.set(word, std::strlen(word)));
            cover(word);
        }
    }
    char* from_environment = std::getenv("LTN_SEED");
    if (from_environment != nullptr) {
        // An empty variable counts as none, as it does for most programs.
        if (from_environment[0] != '\0') secrets.environment.set_hex(from_environment);
        sodium_memzero(from_environment, std::strlen(from_environment));
        unsetenv("LTN_SEED");
    }
}

}  // namespace ltn_program
