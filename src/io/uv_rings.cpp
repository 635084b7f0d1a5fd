#include "io/uv_rings.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace ltn::io {

std::vector<int> list_rings()
{
    std::vector<int> out;
    DIR* folder = opendir("/proc/self/fd");
    if (folder == nullptr) return out;
    while (const dirent* entry = readdir(folder)) {
        char target[64];
        const ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof target);
        if (len <= 0) continue;
        if (std::string_view(target, static_cast<size_t>(len)) == "anon_inode:[io_uring]") {
            out.push_back(std::atoi(entry->d_name));
        }
    }
    closedir(folder);
    std::sort(out.begin(), out.end());
    return out;
}

int new_ring(const std::vector<int>& before, const std::vector<int>& after)
{
    std::vector<int> added;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(added));
    return added.size() == 1 ? added.front() : -1;
}

}  // namespace ltn::io
