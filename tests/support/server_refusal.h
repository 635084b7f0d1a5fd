// What a refused handshake looks like from outside.
#pragma once

#include "support/server_rig.h"

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace ltn::test {

inline constexpr Nanos kDelay = 50 * kMillisecond;

inline std::string own_hotkey(ServerRig& rig)
{
    return hotkey_of(rig.own).text;
}

// Exactly the identified form, not before the least delay.
inline void assert_refused(ServerRig& rig, FakeConnection& connection, quic::StreamId stream)
{
    assert_true(connection.streams[stream].sent.empty());
    rig.wait(kDelay - 1);
    assert_true(connection.streams[stream].sent.empty());
    rig.wait(1);
    Bytes payload;
    codec::HandshakeResponse expected;
    expected.miner_hotkey = own_hotkey(rig);
    expected.timestamp_s = rig.response_on(connection, stream).timestamp_s;
    codec::encode(expected, payload);
    assert_string_equal(
        codec::hex_encode(connection.streams[stream].sent).c_str(),
        codec::hex_encode(frame(codec::FrameType::handshake_response, payload)).c_str());
    assert_true(connection.streams[stream].fin);
    assert_false(connection.is_closing);
}

}  // namespace ltn::test
