#include "wallet/password.h"

#include <sodium.h>

#include <algorithm>

#include "wallet/file.h"
#include "wallet/nacl_box.h"

namespace ltn::wallet {

std::string password_variable(std::string_view path)
{
    std::string name = "BT_PW_";
    for (const char c : path) {
        if (c == '/' || c == '.') {
            name += '_';
        } else {
            name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return name;
}

Result<crypto::SecretBytes> password_from_variable(std::string_view variable,
                                                   std::string_view value)
{
    const Error malformed(Code::password, Category::config,
                          "environment variable " + std::string(variable) +
                              ": expected the Base64 form in which wallets keep a password");
    if (value.empty() || value.size() > 2 * kPasswordLenMax || variable.empty()) return malformed;
    crypto::SecretBytes password(value.size());
    size_t len = 0;
    const char* end = nullptr;
    if (sodium_base642bin(password.data(), password.size(), value.data(), value.size(), nullptr,
                          &len, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != value.data() + value.size()) {
        return malformed;
    }
    password.truncate(len);
    for (size_t i = 0; i < len; ++i) {
        password.data()[i] ^= static_cast<uint8_t>(variable[i % variable.size()]);
    }
    return password;
}

Result<crypto::SecretBytes> read_password_file(const std::string& path)
{
    Result<FileContent> content = read_regular_file(path, "password file", kPasswordLenMax + 2);
    if (!content) return content.error();
    const std::string_view text = content->bytes.text();
    size_t len = std::min(text.find('\n'), text.size());
    if (len > 0 && text[len - 1] == '\r') --len;
    if (len == 0) {
        return Error(Code::password, Category::config,
                     "password file " + path + ": expected a password in the first line, got none");
    }
    content->bytes.truncate(len);
    return std::move(content->bytes);
}

}  // namespace ltn::wallet
