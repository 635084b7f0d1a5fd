// How many addresses of one host are dialled for the registry while none of them has answered. A
// host with one proved connection is not limited; calls are never.
#include <algorithm>

#include "transport/client_core.h"

namespace ltn::transport {

namespace {

// At once, to a host that nothing is known about; one that did not answer gets a single dial at a
// time, with pauses that grow like those of an address.
constexpr size_t kStrangerDials = 4;

}  // namespace

bool ClientCoreImpl::may_try_host(Place& place)
{
    Host& host = *place.host;
    if (host.proven > 0) return true;
    if (host.trying >= (host.backoff.failures() == 0 ? kStrangerDials : 1)) {
        host.parked.push_back(place);
        return false;
    }
    const Nanos next_ns = host.backoff.next_try_ns();
    if (next_ns <= now_.monotonic_ns) return true;
    const Nanos wait_ns = next_ns - now_.monotonic_ns;
    timers_.set(place.retry, next_ns);
    if (wait_ns > 2 * config_.reconnect_initial_backoff_ns) {
        answer_place(place, backoff_error(place.address, wait_ns));
    }
    return false;
}

void ClientCoreImpl::host_proven(ClientConnection& connection, Place& place)
{
    if (connection.host == nullptr) connection.host = place.host;
    Host& host = *connection.host;
    if (connection.tries_host) {
        connection.tries_host = false;
        --host.trying;
    }
    if (!connection.counts_as_proven) {
        connection.counts_as_proven = true;
        ++host.proven;
    }
    host.backoff = Backoff();
    while (Place* parked = host.parked.pop_front()) dial_queue_.push_back(*parked);
}

void ClientCoreImpl::leave_host(ClientConnection& connection)
{
    if (connection.host == nullptr) return;
    Host& host = *connection.host;
    if (connection.counts_as_proven) --host.proven;
    if (connection.tries_host) {
        --host.trying;
        if (!connection.heard && stop_ == Stop::running) {
            host_unheard(host, connection.address);
        } else {
            while (Place* parked = host.parked.pop_front()) dial_queue_.push_back(*parked);
        }
    }
    connection.counts_as_proven = connection.tries_host = false;
    connection.host.reset();
}

// One of its addresses did not answer, so the others that wait for their turn need not be tried.
void ClientCoreImpl::host_unheard(Host& host, const Address& address)
{
    if (host.proven > 0) return;
    const ReconnectTerms rules = terms(false);
    host.backoff.failed(rules, random_, now_.monotonic_ns);
    const Nanos wait_ns = host.backoff.next_try_ns() - now_.monotonic_ns;
    while (Place* parked = host.parked.pop_front()) {
        parked->backoff.failed(terms(true), random_, now_.monotonic_ns);
        parked->last_error = Error(Code::connect_timeout, Category::connection,
                                   parked->address.text() + " not dialled: " + address.text() +
                                       " on the same host did not answer");
        answer_place(*parked, parked->last_error);
        retry_later(*parked, wait_ns);
    }
}

}  // namespace ltn::transport
