#include "transport/own_signature.h"

namespace ltn::transport {

Error check_own_signature(const Hotkey& hotkey, bool signer_is_ours, std::string_view message,
                          const Result<Bytes>& signature)
{
    auto failed = [](std::string text) {
        return Error(Code::signer_failed, Category::signing, std::move(text));
    };
    if (!signature.ok()) {
        // An error of another kind keeps its kind in the text: it becomes a signing error here.
        const Error& error = signature.error();
        return failed(error.category == Category::signing ? error.text : error.display());
    }
    size_t len = signature.value().size();
    if (len != sizeof(crypto::Signature)) {
        return failed("expected a signature of 64 bytes from the signer, got " +
                      std::to_string(len));
    }
    if (signer_is_ours) return {};
    if (!crypto::verify(hotkey.key, as_bytes(message), signature.value())) {
        return failed("expected a signature by " + hotkey.text +
                      ", the signer's answer does not verify against it");
    }
    return {};
}

}  // namespace ltn::transport
