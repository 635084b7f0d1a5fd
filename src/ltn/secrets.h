// Secrets that reach the program by argument or environment: taken over once, wiped where they came
// from.
#pragma once

#include <cstdint>
#include <string>

#include <ltn/lightning.h>

namespace ltn_program {

// A seed in locked memory, wiped when it goes.
class SecretSeed {
public:
    SecretSeed();
    ~SecretSeed();
    SecretSeed(const SecretSeed&) = delete;
    SecretSeed& operator=(const SecretSeed&) = delete;

    // Takes 64 hexadecimal digits; false leaves the seed empty and says why in `problem`, which
    // never repeats what was given.
    bool set_hex(const char* text);

    uint8_t* bytes() { return bytes_; }
    const uint8_t* bytes() const { return bytes_; }

    bool given = false;   // somebody gave a seed, good or not
    std::string problem;  // why it cannot be used; empty when it can

private:
    uint8_t bytes_[LTN_SEED_LEN];
};

// A password in locked memory, wiped when it goes.
class SecretText {
public:
    SecretText();
    ~SecretText();
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;

    static constexpr size_t kLenMax = 4096;

    // False when it is longer than kLenMax.
    bool set(const char* text, size_t len);

    const uint8_t* bytes() const { return bytes_; }
    size_t size() const { return len_; }
    bool operator==(const SecretText& other) const;

    bool given = false;

private:
    uint8_t bytes_[kLenMax];
    size_t len_ = 0;
};

struct Secrets {
    SecretSeed argument;     // --seed
    SecretSeed environment;  // LTN_SEED
    SecretText password;     // --password, or the variable that --password-env names
};

// Takes `--seed HEX`, `--seed=HEX`, `--password TEXT` and `--password=TEXT` from the arguments and
// LTN_SEED from the environment. The arguments keep their shape, their letters are overwritten, so that
// the process list shows nothing.
void take_secrets(Secrets& secrets, int argc, char** argv);

// The same with a password in an environment variable, which is gone afterwards. False when there is
// none of that name, or nothing in it.
bool take_password_variable(Secrets& secrets, const char* name);

}  // namespace ltn_program
