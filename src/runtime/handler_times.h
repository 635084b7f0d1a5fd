// How the handlers of a server do: outcomes and times by the name they were registered under. Bounded by
// the number of names; requests for others go to the handler for the rest.
#pragma once

#include <map>
#include <string>

#include "runtime/metric.h"

namespace ltn::runtime {

enum class HandlerOutcome { ok, failed, withdrawn };

class HandlerTimes {
public:
    void add(std::string_view type, HandlerOutcome outcome, Nanos took_ns);
    void append_to(Metrics& metrics) const;

private:
    struct Row {
        Histogram took;
        uint64_t ok = 0;
        uint64_t failed = 0;
        uint64_t withdrawn = 0;
    };
    static constexpr size_t kNamesMax = 256;  // beyond: counted together

    std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace ltn::runtime
