// Value trees from a seed: every kind, every width, up to a few levels.
#pragma once

#include <cstring>

#include "acceptance/value.h"
#include "sim/seeded_random.h"

namespace ltn::acceptance {

// Letters of one to three bytes, so that it is always UTF-8.
inline std::string random_text(sim::SeededRandom& random, uint64_t letters_max)
{
    static constexpr const char* kLetters[] = {"a", "Z", "7", " ", "\xc3\xa9", "\xe2\x82\xac"};
    std::string out;
    for (uint64_t left = random.below(letters_max + 1); left > 0; --left) {
        out += kLetters[random.below(6)];
    }
    return out;
}

inline Bytes random_bytes(sim::SeededRandom& random, uint64_t len_max)
{
    Bytes out(random.below(len_max + 1));
    random.fill(out);
    return out;
}

inline Value random_value(sim::SeededRandom& random, unsigned depth)
{
    const uint64_t bits = random.next();
    switch (random.below(depth == 0 ? 8 : 10)) {
        case 0: return Value();
        case 1: return Value::boolean(random.below(2) != 0);
        case 2: return Value::number_unsigned(bits >> random.below(64));
        case 3: return Value::number(-static_cast<int64_t>(1 + (bits >> (1 + random.below(63)))));
        case 4: {
            float value = 0;
            const auto narrow = static_cast<uint32_t>(bits);
            std::memcpy(&value, &narrow, sizeof value);
            return Value(Value::Any(value));
        }
        case 5: {
            double value = 0;
            std::memcpy(&value, &bits, sizeof value);
            return Value(Value::Any(value));
        }
        case 6: return Value::str(random_text(random, 40));
        case 7: return Value::bin(random_bytes(random, 300));
        case 8: {
            Array out;
            for (uint64_t left = random.below(20); left > 0; --left) {
                out.push_back(random_value(random, depth - 1));
            }
            return Value::array(std::move(out));
        }
        default: {
            Map out;
            for (uint64_t left = random.below(20); left > 0; --left) {
                out.emplace_back(random_value(random, 0), random_value(random, depth - 1));
            }
            return Value::map(std::move(out));
        }
    }
}

}  // namespace ltn::acceptance
