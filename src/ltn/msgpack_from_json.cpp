#include <limits>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base64.h"
#include "json_msgpack.h"
#include "msgpack.h"

namespace ltn_program {

namespace {

// Builds the value by hand because the parser's own builder turns an integer that is too large into
// a float and lets the last of two equal keys win; both would send something else than was written.
class Builder : public nlohmann::json_sax<Json> {
public:
    Json result;
    std::string problem;

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& text) override
    {
        if (text.find_first_of(".eE") == string_t::npos) {
            return refuse("expected an integer from -2^63 to 2^64-1, got " + text);
        }
        return add(value);
    }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return refuse("binary input"); }

    bool start_object(std::size_t) override
    {
        keys_.emplace_back();
        return open(Json::object());
    }
    bool key(string_t& value) override
    {
        if (!keys_.back().insert(value).second) return refuse("key \"" + value + "\" comes twice");
        key_ = std::move(value);
        return true;
    }
    bool end_object() override
    {
        keys_.pop_back();
        return close();
    }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::detail::exception& error) override
    {
        // "[json.exception.parse_error.101] parse error at line 1, ..."
        problem = error.what();
        const size_t bracket = problem.find("] ");
        if (bracket != std::string::npos) problem.erase(0, bracket + 2);
        return false;
    }

private:
    bool refuse(std::string text)
    {
        problem = std::move(text);
        return false;
    }

    Json* place(Json value)
    {
        if (open_.empty()) {
            result = std::move(value);
            return &result;
        }
        Json& parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        auto& object = parent.get_ref<Json::object_t&>();
        object.emplace_back(std::move(key_), std::move(value));
        return &object.back().second;
    }

    bool add(Json value)
    {
        place(std::move(value));
        return true;
    }

    bool open(Json value)
    {
        if (open_.size() >= kDepthMax) {
            return refuse("nested deeper than " + std::to_string(kDepthMax) + " levels");
        }
        // Stays valid while it is open: a parent gets no further element before its child closes.
        open_.push_back(place(std::move(value)));
        return true;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    std::vector<Json*> open_;
    std::vector<std::unordered_set<std::string>> keys_;
    std::string key_;
};

std::string bytes_of(const char* form, const Json& text)
{
    if (text.is_string()) {
        const auto bytes = base64_decode(text.get_ref<const std::string&>());
        if (bytes) return *bytes;
    }
    throw BadJson(std::string("\"") + form + "\": expected Base64 text with padding, got " +
                  (text.is_string() ? "other text" : text.type_name()));
}

void put_value(std::string& out, const Json& value);

void put_ext_form(std::string& out, const Json& value)
{
    if (!value.is_array() || value.size() != 2 || !value[0].is_number_integer() ||
        value[0].get<int64_t>() < -128 || value[0].get<int64_t>() > 127) {
        throw BadJson("\"$ext\": expected [type from -128 to 127, \"base64\"], got " +
                      std::string(value.type_name()));
    }
    put_ext(out, static_cast<int8_t>(value[0].get<int64_t>()), bytes_of("$ext", value[1]));
}

void put_map_form(std::string& out, const Json& value)
{
    if (!value.is_array()) {
        throw BadJson("\"$map\": expected a list of [key, value], got " +
                      std::string(value.type_name()));
    }
    put_map_header(out, value.size());
    for (const Json& pair : value) {
        if (!pair.is_array() || pair.size() != 2) {
            throw BadJson("\"$map\": expected [key, value], got " + std::string(pair.type_name()));
        }
        put_value(out, pair[0]);
        put_value(out, pair[1]);
    }
}

void put_float_form(std::string& out, const Json& value)
{
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (text == "nan") return put_real(out, std::numeric_limits<double>::quiet_NaN());
    if (text == "inf") return put_real(out, std::numeric_limits<double>::infinity());
    if (text == "-inf") return put_real(out, -std::numeric_limits<double>::infinity());
    throw BadJson(R"("$float": expected "nan", "inf" or "-inf")");
}

// True when the object was one of the special forms and has been written.
bool put_special(std::string& out, const Json& object)
{
    if (object.size() != 1) return false;
    const auto& item = *object.get_ref<const Json::object_t&>().begin();
    const std::string_view form = item.first;
    if (form == "$bin") {
        put_binary(out, bytes_of("$bin", item.second));
    } else if (form == "$str") {
        put_text(out, bytes_of("$str", item.second));
    } else if (form == "$ext") {
        put_ext_form(out, item.second);
    } else if (form == "$map") {
        put_map_form(out, item.second);
    } else if (form == "$float") {
        put_float_form(out, item.second);
    } else {
        return false;
    }
    return true;
}

void put_value(std::string& out, const Json& value)
{
    switch (value.type()) {
        case Json::value_t::null: return put_nil(out);
        case Json::value_t::boolean: return put_bool(out, value.get<bool>());
        case Json::value_t::number_unsigned: return put_unsigned(out, value.get<uint64_t>());
        case Json::value_t::number_integer: return put_signed(out, value.get<int64_t>());
        case Json::value_t::number_float: return put_real(out, value.get<double>());
        case Json::value_t::string: return put_text(out, value.get_ref<const std::string&>());
        case Json::value_t::array:
            put_list_header(out, value.size());
            for (const Json& element : value) put_value(out, element);
            return;
        case Json::value_t::object:
            if (put_special(out, value)) return;
            put_map_header(out, value.size());
            for (const auto& item : value.get_ref<const Json::object_t&>()) {
                put_text(out, item.first);
                put_value(out, item.second);
            }
            return;
        case Json::value_t::binary:
        case Json::value_t::discarded: break;
    }
    throw BadJson("a value that JSON text cannot hold");
}

bool is_map_marker(uint8_t marker)
{
    return (marker & 0xf0) == 0x80 || marker == 0xde || marker == 0xdf;
}

}  // namespace

std::string msgpack_from_json_text(const std::string& text)
{
    Builder builder;
    if (!Json::sax_parse(text, &builder)) throw BadJson(builder.problem);
    std::string out;
    put_value(out, builder.result);
    // Only maps travel; asked of the result, so that {"$bin":...} does not pass for one.
    if (!is_map_marker(static_cast<uint8_t>(out.front()))) {
        throw BadJson(std::string("expected a JSON object that stands for a map, got ") +
                      (builder.result.is_object() ? "a special form" : builder.result.type_name()));
    }
    return out;
}

}  // namespace ltn_program
