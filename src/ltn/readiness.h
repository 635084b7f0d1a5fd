// Tells a service manager how we are: one datagram to the socket that NOTIFY_SOCKET names, as sd_notify(3)
// describes it. Written out because the library behind that function would be the program's largest
// dependency, for one datagram.
#pragma once

#include <string>

namespace ltn_program {

// "READY=1", "STOPPING=1", "STATUS=...". Does nothing without the variable; failures are nobody's
// business but the manager's, which then runs into its own timeout.
void notify_manager(const std::string& state);

}  // namespace ltn_program
