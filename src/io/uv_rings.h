// libuv keeps an io_uring per loop (it batches epoll_ctl) whose descriptor no interface of its tells.
// A forked child has to close it all the same, so it is found by looking at what a loop's
// initialisation added.
#pragma once

#include <vector>

namespace ltn::io {

// Descriptors of this process that are io_urings, in order. Empty where /proc is not mounted.
std::vector<int> list_rings();

// The one ring in `after` that is not in `before`; -1 if there is none, or several (another thread
// of the host made one at the same moment: then better none than a stranger's).
int new_ring(const std::vector<int>& before, const std::vector<int>& after);

}  // namespace ltn::io
