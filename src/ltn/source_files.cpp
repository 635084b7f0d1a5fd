#include "source_files.h"

#include <ctime>
#include <stdexcept>

#include <fmt/format.h>

#include "atomic_file.h"
#include "output.h"

namespace ltn_program {

namespace {

// A list may have a million prefixes; the roster's own limit is far below.
constexpr size_t kExportLenMax = size_t{128} << 20;
// The firewall's loader is another user; the roster names hotkeys beside addresses.
constexpr mode_t kExportMode = 0644;
constexpr mode_t kRosterMode = 0600;

using SourceList = std::unique_ptr<ltn_source_list, Freer<ltn_source_list_free>>;

std::string read_or_fail(const std::string& path, size_t len_max, const std::string& what)
{
    try {
        return read_file(path, len_max).value_or("");
    } catch (const std::runtime_error& error) {
        throw Failure(kExitLocal, what, "io", error.what());
    }
}

}  // namespace

void SourceFiles::restore(const SourceFileTerms& terms, ltn_server* server, const std::string& what)
{
    terms_ = terms;
    for (const std::string& text : terms.exports) {
        Export each;
        each.target = parse_export_target(text);
        each.content = read_or_fail(each.target.path, kExportLenMax, what);
        each.known = known_in(each.content);
        exports_.push_back(std::move(each));
    }
    if (terms.roster.empty()) return;
    roster_ = read_or_fail(terms.roster, kRosterLenMax, what);
    restore_roster(server, terms.roster, roster_, std::time(nullptr), what);
}

void SourceFiles::start(ltn_server* server, const std::string& what)
{
    if (exports_.empty() && terms_.roster.empty()) return;
    server_ = server;
    const auto troubles = write_changes();
    if (!troubles.empty()) throw Failure(kExitLocal, what, "io", troubles.front());
    thread_ = std::thread([this] { work(); });
}

void SourceFiles::stop()
{
    if (!thread_.joinable()) return;
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SourceFiles::work()
{
    const std::chrono::duration<double> interval(terms_.interval_secs);
    std::unique_lock lock(mutex_);
    for (bool last = false; !last;) {
        last = wake_.wait_for(lock, interval, [this] { return stopping_; });
        lock.unlock();
        for (const std::string& trouble : write_changes())
            print_log("warning file_not_written " + trouble);
        lock.lock();
    }
}

// A server that has just begun, or a resolver that answers nonsense, must not empty a firewall: a list
// that lost a third or all of what the file holds is written when it has stayed so for a while.
bool SourceFiles::held(Export& each, size_t known) const
{
    if (each.known == 0 || known * 3 > each.known * 2) {
        each.shrunk_since = Clock::time_point::max();
        return false;
    }
    const auto now = Clock::now();
    if (each.shrunk_since == Clock::time_point::max()) {
        each.shrunk_since = now;
        print_log(fmt::format("warning export_held file={} known={} now={} hold_secs={}",
                              each.target.path, each.known, known, terms_.hold_secs));
    }
    return now - each.shrunk_since < std::chrono::duration<double>(terms_.hold_secs);
}

std::vector<std::string> SourceFiles::write_changes()
{
    std::vector<std::string> troubles;
    ltn_source_list* raw = nullptr;
    // A server that has ended has no list, which is not an empty one.
    if (ltn_server_sources(server_, &raw, nullptr) != LTN_OK) return troubles;
    const SourceList list(raw);
    const auto write = [&](const std::string& path, std::string content, std::string& on_disk,
                           mode_t mode) {
        if (content == on_disk) return false;
        std::string trouble = replace_file(path, content, mode);
        if (trouble.empty()) {
            on_disk = std::move(content);
            return true;
        }
        troubles.push_back(std::move(trouble));
        return false;
    };
    const SourceSets sets = sets_of(list.get());
    for (Export& each : exports_) {
        SourceSets shown = sets;
        if (held(each, sets.known())) {
            // What is blocked does not wait. What an earlier run wrote is left as it is.
            if (each.written.known() == 0) continue;
            shown.known4 = each.written.known4;
            shown.known6 = each.written.known6;
        }
        if (write(each.target.path, export_text(shown, each.target.format), each.content,
                  kExportMode)) {
            each.known = shown.known();
            each.written = std::move(shown);
        }
    }
    if (!terms_.roster.empty()) {
        static_cast<void>(write(terms_.roster, roster_text(list.get(), std::time(nullptr)), roster_,
                                kRosterMode));
    }
    return troubles;
}

}  // namespace ltn_program
