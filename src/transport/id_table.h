// Finds an object by a 64-bit number. Open addressing with linear probing in one array, so that a
// call that comes and goes allocates nothing (std::unordered_map allocates a node per element). The
// numbers are ours or the local caller's, never the peer's choice beyond a stream id, so the hash
// needs no key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ltn::transport {

template <class T>
class IdTable {
public:
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    T* find(uint64_t id) const
    {
        if (slots_.empty()) return nullptr;
        for (size_t i = home(id);; i = (i + 1) & mask()) {
            if (slots_[i].item == nullptr) return nullptr;
            if (slots_[i].id == id) return slots_[i].item;
        }
    }

    // False: the id is taken.
    bool insert(uint64_t id, T* item)
    {
        if (find(id) != nullptr) return false;
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        place(id, item);
        ++size_;
        return true;
    }

    // Backward shift instead of tombstones: probe lengths stay short however long it lives.
    T* erase(uint64_t id)
    {
        if (slots_.empty()) return nullptr;
        size_t hole = home(id);
        while (slots_[hole].item != nullptr && slots_[hole].id != id) hole = (hole + 1) & mask();
        T* item = slots_[hole].item;
        if (item == nullptr) return nullptr;
        for (size_t i = (hole + 1) & mask(); slots_[i].item != nullptr; i = (i + 1) & mask()) {
            size_t wanted = home(slots_[i].id);
            if (((i - wanted) & mask()) >= ((i - hole) & mask())) {
                slots_[hole] = slots_[i];
                hole = i;
            }
        }
        slots_[hole] = Slot{};
        --size_;
        return item;
    }

    // Any element, or null. For emptying the table; the order means nothing.
    T* any() const
    {
        if (size_ == 0) return nullptr;
        for (const Slot& slot : slots_) {
            if (slot.item != nullptr) return slot.item;
        }
        return nullptr;
    }

    // `visit` must not change the table.
    template <class F>
    void for_each(F&& visit) const
    {
        for (const Slot& slot : slots_) {
            if (slot.item != nullptr) visit(*slot.item);
        }
    }

private:
    struct Slot {
        uint64_t id = 0;
        T* item = nullptr;
    };

    size_t mask() const { return slots_.size() - 1; }
    size_t home(uint64_t id) const
    {
        return static_cast<size_t>((id * 0x9e3779b97f4a7c15ULL) >> 32) & mask();
    }

    void place(uint64_t id, T* item)
    {
        size_t i = home(id);
        while (slots_[i].item != nullptr) i = (i + 1) & mask();
        slots_[i] = Slot{id, item};
    }

    void grow()
    {
        std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.item != nullptr) place(slot.id, slot.item);
        }
    }

    std::vector<Slot> slots_;
    size_t size_ = 0;
};

}  // namespace ltn::transport
