// Views, owned bytes and counted bytes. One vocabulary for the whole core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ltn {

using ByteView = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;
using Bytes = std::vector<uint8_t>;

inline ByteView as_bytes(std::string_view text)
{
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Bytes with a count of owners and a way to give them back. What is sent is kept alive here until
// the peer has acknowledged it; bytes lent by the host come back through their release.
class SharedBytes {
public:
    SharedBytes() = default;

    static SharedBytes copy(ByteView bytes) { return take(Bytes(bytes.begin(), bytes.end())); }

    static SharedBytes take(Bytes&& bytes)
    {
        auto owned = std::make_shared<const Bytes>(std::move(bytes));
        ByteView view(*owned);
        return SharedBytes(std::shared_ptr<const void>(std::move(owned)), view);
    }

    // `owner` keeps `view` alive; its deleter is the release.
    static SharedBytes own(std::shared_ptr<const void> owner, ByteView view)
    {
        return SharedBytes(std::move(owner), view);
    }

    SharedBytes slice(size_t offset, size_t len) const
    {
        return SharedBytes(owner_, view_.subspan(offset, len));
    }

    ByteView view() const { return view_; }
    const uint8_t* data() const { return view_.data(); }
    size_t size() const { return view_.size(); }
    bool empty() const { return view_.empty(); }

private:
    SharedBytes(std::shared_ptr<const void> owner, ByteView view)
        : owner_(std::move(owner)), view_(view)
    {
    }

    std::shared_ptr<const void> owner_;
    ByteView view_;
};

}  // namespace ltn
