// What the second token adds to proving who is who: the client says whom it expects, and binds what
// it signs to the TLS session (upstream-S17).
#include "transport/client_core.h"
#include "transport/wire_token.h"

namespace ltn::transport {

// One of those who are wanted there; should the server be another of them, it says so.
crypto::PublicKey ClientCoreImpl::expected_at(const ClientConnection& connection) const
{
    if (connection.named_instead.has_value()) return *connection.named_instead;
    if (const Call* call = connection.waiting_proof.front()) return call->request.peer;
    if (const Place* place = registry_.place_at(connection.address)) {
        const Claim* first = place->claims.front();
        for (const Claim* claim = first; claim != nullptr;
             claim = LinkedList<Claim>::next(*claim)) {
            if (!claim->refuted) return claim->hotkey.key;
        }
        if (first != nullptr) return first->hotkey.key;
    }
    return connection.proven ? connection.peer.key : connection.attempt.expected_key;
}

Error ClientCoreImpl::bind_session(ClientConnection& connection)
{
    HandshakeAttempt& attempt = connection.attempt;
    connection.second = speaks_second(*connection.link);
    if (!connection.second) return {};
    auto binding = session_binding(*connection.link);
    if (!binding.ok()) return binding.error();
    attempt.exporter = std::move(binding.value());
    attempt.expected_key = expected_at(connection);
    attempt.expected = codec::ss58_encode(attempt.expected_key);
    return {};
}

// The server is not the one we expected, and says who it is, without a proof so far.
void ClientCoreImpl::told_of_another(ClientConnection& connection,
                                     const codec::HandshakeResponse& response)
{
    const auto named = named_key(response, config_.ss58);
    const bool asked_before = connection.named_instead.has_value();
    connection.named_instead.reset();
    const bool wanted = anybody_wants(connection, named);
    Error error = refuse_others(connection, named, response);
    if (error.ok()) error = mismatch_error(connection.attempt.expected_key, response);
    const bool known = connection.proven && named == connection.peer.key;
    // Once: a server that changes its mind with every question would keep us asking.
    if (wanted && named.has_value() && !known && !asked_before) {
        connection.named_instead = named;
        return begin_proof(connection);
    }
    if (!wanted) connection.answered = named;
    proof_failed(connection, error);
}

}  // namespace ltn::transport
