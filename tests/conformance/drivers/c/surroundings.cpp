// The process around the library: forks, other threads and loops, another TLS library, keys, constants.
#include "objects.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace {

// The code of one call `echo` with a client; "ok" when it is answered.
std::string try_echo(const Client& client, const Json& peer)
{
    CallText text;
    ltn_op* op = nullptr;
    fill_call(text, {{"peer", peer}, {"type", "echo"}});
    const ltn_status status = ltn_client_call(client.handle, &op, &text.call, nullptr);
    if (status != LTN_OK) return ltn_status_name(status);
    const OpPtr owned = own(op);
    (void)ltn_op_wait(op, -1);
    return ltn_status_name(ltn_op_status(op));
}

// In the child: nothing of the parent's is used but the client that is asked about.
Json try_both(const Client& old, const Json& peer)
{
    try {
        const Json own_key = {{"signer", {{"seed", std::string(64, '7')}}}};
        return {{"old", try_echo(old, peer)}, {"fresh", try_echo(*new_client(own_key), peer)}};
    } catch (const Failure& failure) {
        return {{"old", "?"}, {"fresh", failure.text}};
    }
}

Json fork_child(const Json& request)
{
    const auto client = client_of(request);
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child == 0) {
        const std::string told = try_both(*client, request.at("peer")).dump();
        const ssize_t written = write(ends[1], told.data(), told.size());
        _exit(written == static_cast<ssize_t>(told.size()) ? 0 : 1);
    }
    close(ends[1]);
    std::string told;
    char part[512];
    for (ssize_t n = 0; (n = read(ends[0], part, sizeof part)) > 0;) told.append(part, n);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (told.empty()) throw std::runtime_error("the child ended with " + std::to_string(status));
    return Json::parse(told);
}

// A runtime on another thread, from its start to its end.
Json second(const Json& request)
{
    Json answer;
    std::exception_ptr problem;
    std::thread([&] {
        try {
            const auto client = new_client(request);
            CallText text;
            ltn_op* op = nullptr;
            const ErrorPtr error = new_error();
            fill_call(text, {{"peer", request.at("peer")}, {"type", "echo"}});
            check(ltn_client_call(client->handle, &op, &text.call, error.get()), error);
            const OpPtr owned = own(op);
            finish(owned);
            const uint8_t* data = nullptr;
            size_t len = 0;
            check(ltn_op_data(op, &data, &len));
            answer = {{"data", shown(data, len)}};
            client->close();
        } catch (...) {
            problem = std::current_exception();
        }
    }).join();
    if (problem) std::rethrow_exception(problem);
    return answer;
}

// OpenSSL of the machine, loaded beside the one inside the library.
Json openssl(const Json&)
{
    void* tls = dlopen("libssl.so.3", RTLD_NOW | RTLD_GLOBAL);
    void* crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_GLOBAL);
    if (tls == nullptr || crypto == nullptr) throw Unknown();
    using Version = const char* (*)(int);
    using Hash = unsigned char* (*)(const unsigned char*, size_t, unsigned char*);
    using Method = const void* (*)();
    using New = void* (*)(const void*);
    using Free = void (*)(void*);
    const auto version = reinterpret_cast<Version>(dlsym(crypto, "OpenSSL_version"));
    const auto hash = reinterpret_cast<Hash>(dlsym(crypto, "SHA256"));
    const auto method = reinterpret_cast<Method>(dlsym(tls, "TLS_client_method"));
    const auto context_new = reinterpret_cast<New>(dlsym(tls, "SSL_CTX_new"));
    const auto context_free = reinterpret_cast<Free>(dlsym(tls, "SSL_CTX_free"));
    unsigned char digest[32];
    void* context = context_new(method());
    if (hash(digest, 0, digest) == nullptr || context == nullptr || digest[0] != 0xe3) {
        throw std::runtime_error("expected OpenSSL to work, came a wrong hash or no context");
    }
    context_free(context);
    return {{"version", version(0)}};
}

Json hotkey(const Json& request)
{
    uint8_t key[LTN_KEY_LEN];
    if (request.contains("text")) {
        decode_hotkey(key, request["text"]);
        return {{"key", to_hex(key, sizeof key)}};
    }
    const Bytes given = from_hex(request.at("key"));
    if (given.size() != sizeof key) throw Unknown();
    char text[LTN_HOTKEY_TEXT_SIZE];
    check(ltn_hotkey_encode(text, sizeof text, nullptr, given.data()));
    return {{"text", text}};
}

Json verify(const Json& request)
{
    const Bytes key = from_hex(request.at("key"));
    const Bytes message = from_hex(request.at("message"));
    const Bytes signature = from_hex(request.at("signature"));
    const ltn_status status = ltn_signature_verify(key.data(), message.data(), message.size(),
                                                   signature.data(), signature.size());
    return {{"good", status == LTN_OK}};
}

Json constant(const Json& request)
{
    int64_t value = 0;
    const std::string name = request.at("name");
    check(ltn_constant(&value, name.c_str()));
    return {{"value", value}};
}

}  // namespace

void add_surroundings_commands(Commands& commands)
{
    commands["fork"] = fork_child;
    commands["second"] = second;
    commands["openssl"] = openssl;
    commands["hotkey"] = hotkey;
    commands["verify"] = verify;
    commands["constant"] = constant;
    commands["gc"] = [](const Json&) { return Json::object(); };
    commands["logged"] = [](const Json&) { return Json{{"lines", take_log()}}; };
    commands["versions"] = [](const Json&) {
        return Json{{"library", ltn_version()}, {"abi", ltn_abi_version()}};
    };
}
