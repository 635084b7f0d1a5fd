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

struct Secrets {
    SecretSeed argument;     // --seed
    SecretSeed environment;  // LTN_SEED
};

// Takes `--seed HEX` and `--seed=HEX` from the arguments and LTN_SEED from the environment. The
// arguments keep their shape, their digits are overwritten, so that the process list shows nothing.
void take_secrets(Secrets& secrets, int argc, char** argv);

}  // namespace ltn_program
