// The JSON library copies every token into ordinary heap memory that nobody wipes (its lexer keeps
// the raw token too, so a wiping string type is not enough). Therefore it gets a copy of the text
// in which the inside of every string is painted over, and only judges the grammar and says in
// which order strings appear; their content is looked up by that order in the original.
#include "wallet/key_json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/text.h"

namespace ltn::wallet {

namespace {

constexpr std::string_view kCryptoType = "cryptoType";
constexpr size_t kNoField = std::numeric_limits<size_t>::max();
constexpr size_t kCryptoTypeField = kKeyFieldCount;

// The inside of one string literal.
struct Span {
    size_t begin = 0;
    size_t len = 0;
};

struct Masked {
    std::string text;  // as long as the original, so that offsets stay true
    std::vector<Span> strings;
};

Masked mask_strings(std::string_view json)
{
    Masked masked;
    masked.text = std::string(json.size(), ' ');
    size_t begin = 0;
    bool inside = false;
    for (size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (!inside) {
            masked.text[i] = c;
            inside = c == '"';
            begin = i + 1;
        } else if (c == '"') {
            masked.text[i] = c;
            masked.strings.push_back({begin, i - begin});
            inside = false;
        } else if (static_cast<uint8_t>(c) < 0x20) {
            masked.text[i] = c;  // for the library to refuse
        } else {
            masked.text[i] = 'x';
            if (c == '\\' && i + 1 < json.size()) masked.text[++i] = 'x';
        }
    }
    return masked;
}

// Receives the grammar. Only members of the outermost object count.
class Fields {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    Fields(std::string_view json, const std::vector<Span>& strings) : json_(json), strings_(strings)
    {
    }

    bool null() { return other(); }
    bool boolean(bool) { return other(); }
    bool number_float(number_float_t, const string_t&) { return other(); }
    bool binary(binary_t&) { return other(); }
    bool number_integer(number_integer_t value) { return number(value); }

    bool number_unsigned(number_unsigned_t value)
    {
        // Whatever does not fit is as unknown as the largest that does.
        constexpr auto kMax = std::numeric_limits<int64_t>::max();
        return number(value > static_cast<number_unsigned_t>(kMax) ? kMax
                                                                   : static_cast<int64_t>(value));
    }

    bool string(string_t&)
    {
        const std::string_view text = next_string();
        if (is_member() && field_ < kKeyFieldCount) {
            result.fields[field_] = text;
            return true;
        }
        return other();
    }

    bool key(string_t&)
    {
        const std::string_view name = next_string();
        if (depth_ != 1) return true;
        const auto found = std::find(kKeyFieldNames.begin(), kKeyFieldNames.end(), name);
        field_ = name == kCryptoType             ? kCryptoTypeField
                 : found == kKeyFieldNames.end() ? kNoField
                                                 : size_t(found - kKeyFieldNames.begin());
        return true;
    }

    bool start_object(size_t)
    {
        if (depth_ == 0) is_object = true;
        other();
        ++depth_;
        return true;
    }

    bool start_array(size_t)
    {
        other();
        ++depth_;
        return true;
    }

    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool parse_error(size_t position, const string_t&, const nlohmann::json::exception&)
    {
        error_position = position;
        return false;
    }

    KeyJson result;
    bool is_object = false;
    size_t error_position = 0;

private:
    bool is_member() const { return depth_ == 1 && is_object; }

    // A value of no use. The last of a repeated name wins, so it also undoes an earlier one.
    bool other()
    {
        if (!is_member()) return true;
        if (field_ < kKeyFieldCount) result.fields[field_].reset();
        if (field_ == kCryptoTypeField) result.crypto_type.reset();
        return true;
    }

    bool number(int64_t value)
    {
        other();
        if (is_member() && field_ == kCryptoTypeField) result.crypto_type = value;
        return true;
    }

    bool close()
    {
        --depth_;
        return true;
    }

    std::string_view next_string()
    {
        if (next_ >= strings_.size()) return {};
        const Span span = strings_[next_++];
        return json_.substr(span.begin, span.len);
    }

    std::string_view json_;
    const std::vector<Span>& strings_;
    size_t next_ = 0;
    size_t depth_ = 0;
    size_t field_ = kNoField;
};

Error malformed(std::string text)
{
    return Error(Code::config, Category::config, std::move(text));
}

}  // namespace

Result<KeyJson> parse_key_json(ByteView json)
{
    if (!codec::is_valid_utf8(json)) return malformed("expected JSON in UTF-8, got other bytes");
    const std::string_view text = as_text(json);
    const Masked masked = mask_strings(text);
    Fields fields(text, masked.strings);
    if (!nlohmann::json::sax_parse(masked.text, &fields)) {
        return malformed("expected a JSON object, got a syntax error at byte " +
                         std::to_string(fields.error_position) + " of " +
                         std::to_string(text.size()));
    }
    if (!fields.is_object) return malformed("expected a JSON object, got another JSON value");
    for (size_t i = 0; i < kKeyFieldCount; ++i) {
        const std::optional<std::string_view>& field = fields.result.fields[i];
        if (field && field->find('\\') != std::string_view::npos) {
            return malformed("field " + std::string(kKeyFieldNames[i]) +
                             ": expected plain text, got a JSON escape sequence");
        }
    }
    return fields.result;
}

}  // namespace ltn::wallet
