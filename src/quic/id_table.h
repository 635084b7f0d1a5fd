// 64-bit keys to values: open addressing with linear probing, one cache line per look-up. Keys must
// be unpredictable to peers (connection_id.h), for they are used as their own hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ltn::quic {

template <class T>
class IdTable {
public:
    T* find(uint64_t key) const
    {
        if (size_ == 0) return nullptr;
        for (size_t i = key & mask_;; i = (i + 1) & mask_) {
            if (slots_[i].value == nullptr) return nullptr;
            if (slots_[i].key == key) return slots_[i].value;
        }
    }

    // Replaces what was there.
    void insert(uint64_t key, T* value)
    {
        if ((size_ + 1) * 2 > slots_.size()) grow();
        size_t i = key & mask_;
        while (slots_[i].value != nullptr && slots_[i].key != key) i = (i + 1) & mask_;
        if (slots_[i].value == nullptr) ++size_;
        slots_[i] = {key, value};
    }

    // Only if it still leads to `value`.
    void erase(uint64_t key, const T* value)
    {
        if (size_ == 0) return;
        size_t i = key & mask_;
        while (slots_[i].value != nullptr && slots_[i].key != key) i = (i + 1) & mask_;
        if (slots_[i].value != value) return;
        --size_;
        // Close the gap, so that no look-up ends at it too early.
        for (size_t next = (i + 1) & mask_; slots_[next].value != nullptr;
             next = (next + 1) & mask_) {
            size_t home = slots_[next].key & mask_;
            if (((next - home) & mask_) >= ((next - i) & mask_)) {
                slots_[i] = slots_[next];
                i = next;
            }
        }
        slots_[i] = {};
    }

    size_t size() const { return size_; }

private:
    struct Slot {
        uint64_t key = 0;
        T* value = nullptr;
    };

    void grow()
    {
        std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        size_ = 0;
        for (const Slot& slot : old) {
            if (slot.value != nullptr) insert(slot.key, slot.value);
        }
    }

    std::vector<Slot> slots_;
    size_t mask_ = 0;
    size_t size_ = 0;
};

}  // namespace ltn::quic
