#include "io/udp_steering.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <vector>

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif

namespace ltn::io {

namespace {

constexpr uint32_t kNoChoice = 0xffff;  // more sockets than any group has
constexpr uint8_t kLongHeader = 0x80;
// Where an id begins: after the first byte, or after the version and the id's length.
constexpr uint32_t kShortId = 1, kLongIdLen = 5, kLongId = 6;

// For a datagram that starts at its payload.
std::vector<sock_filter> steering_program(const SteeringRule& rule)
{
    const uint32_t len_min = kLongId + rule.id_len;
    // Jumps count the instructions that they pass over.
    return {
        // A load beyond the end would end the program with 0, which is a socket.
        /*  0 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        /*  1 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, len_min, 0, 14),
        /*  2 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        /*  3 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kLongHeader, 4, 0),
        /*  4 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kShortId),
        /*  5 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
        /*  6 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kShortId + 1),
        /*  7 */ BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0),
        /*  8 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLongIdLen),
        /*  9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule.id_len, 0, 6),
        /* 10 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLongId),
        /* 11 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
        /* 12 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLongId + 1),
        /* 13 */ BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        /* 14 */ BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, rule.mask),
        /* 15 */ BPF_STMT(BPF_RET | BPF_A, 0),
        /* 16 */ BPF_STMT(BPF_RET | BPF_K, kNoChoice),
    };
}

}  // namespace

bool steer_group(int fd, const SteeringRule& rule)
{
    std::vector<sock_filter> program = steering_program(rule);
    sock_fprog code{};
    code.len = static_cast<unsigned short>(program.size());
    code.filter = program.data();
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &code, sizeof code) == 0;
}

}  // namespace ltn::io
