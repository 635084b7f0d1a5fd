// Between our addresses and the socket addresses that ngtcp2 keeps in its paths.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include "base/address.h"

namespace ltn::quic {

// A path with room of its own. Not movable: the path points into it.
class Path {
public:
    Path() = default;
    Path(const Address& local, const Address& remote) { set(local, remote); }
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;

    // An unspecified local address takes the family of the remote one.
    void set(const Address& local, const Address& remote);
    const ngtcp2_path* get() const { return &path_; }

private:
    ngtcp2_sockaddr_union local_{}, remote_{};
    ngtcp2_path path_{};
};

Address from_ngtcp2(const ngtcp2_addr& address);
bool same(const ngtcp2_addr& a, const Address& b);

}  // namespace ltn::quic
