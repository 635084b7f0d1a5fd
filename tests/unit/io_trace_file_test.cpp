// Files for finding faults: their bound, and what they refuse to write into.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "io/trace_file.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

ByteView bytes_of(const std::string& text)
{
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string content(const std::string& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A folder that is gone with the test.
class Folder {
public:
    Folder() { assert_non_null(mkdtemp(path_.data())); }
    ~Folder()
    {
        static_cast<void>(unlink(file().c_str()));
        static_cast<void>(rmdir(path_.c_str()));
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file() const { return path_ + "/trace"; }

private:
    std::string path_ = "/tmp/ltn-trace-XXXXXX";
};

void records_are_whole_up_to_the_limit_and_none_comes_after(void**)
{
    const Folder folder;
    {
        auto file = TraceFile::open(folder.file(), 10, true);
        assert_true(file.ok());
        assert_true(file.value()->append(bytes_of("12345")));
        assert_false(file.value()->append(bytes_of("678901")));
        // A shorter one would fit, and would hide that something is missing before it.
        assert_false(file.value()->append(bytes_of("6")));
    }
    assert_string_equal(content(folder.file()).c_str(), "12345");
}

void what_stands_in_the_file_counts(void**)
{
    const Folder folder;
    for (const bool room : {true, true, false}) {
        auto file = TraceFile::open(folder.file(), 10, false);
        assert_true(file.ok());
        assert_int_equal(file.value()->append(bytes_of("1234")), room);
    }
    assert_string_equal(content(folder.file()).c_str(), "12341234");
}

void a_fresh_file_takes_nobodys_place(void**)
{
    const Folder folder;
    assert_true(TraceFile::open(folder.file(), 10, true).ok());
    const auto again = TraceFile::open(folder.file(), 10, true);
    assert_false(again.ok());
    assert_true(again.error().code == Code::full);
}

void a_file_that_others_may_read_is_refused_with_its_mode(void**)
{
    const Folder folder;
    assert_true(TraceFile::open(folder.file(), 10, true).ok());
    assert_int_equal(chmod(folder.file().c_str(), 0640), 0);
    const auto file = TraceFile::open(folder.file(), 10, false);
    assert_false(file.ok());
    assert_true(file.error().code == Code::io);
    assert_true(file.error().text.find("got mode 0640") != std::string::npos);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(records_are_whole_up_to_the_limit_and_none_comes_after),
        cmocka_unit_test(what_stands_in_the_file_counts),
        cmocka_unit_test(a_fresh_file_takes_nobodys_place),
        cmocka_unit_test(a_file_that_others_may_read_is_refused_with_its_mode),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
