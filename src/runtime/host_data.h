// What a host lends us to carry: a pointer and the function that releases it, called once, last
// (promise R3).
#pragma once

#include <memory>

namespace ltn::runtime {

using DestroyFn = void (*)(void*);

class HostData {
public:
    HostData(void* pointer, DestroyFn destroy) : pointer_(pointer), destroy_(destroy) {}
    ~HostData()
    {
        if (destroy_ != nullptr) destroy_(pointer_);
    }
    HostData(const HostData&) = delete;
    HostData& operator=(const HostData&) = delete;

    void* get() const { return pointer_; }

private:
    void* pointer_;
    DestroyFn destroy_;
};

using HostDataPtr = std::shared_ptr<HostData>;

}  // namespace ltn::runtime
