// What the protocol's largest user sends: three typed handlers with optional fields and trees
// inside (rows of 11.9).
#include "acceptance/fixture.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

struct ZkProof {
    std::optional<std::string> model_id;
    std::optional<Value> query_input;
    std::optional<std::string> query_output;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("model_id", self.model_id, kSkipNone);
        visit("query_input", self.query_input, kSkipNone);
        visit("query_output", self.query_output, kSkipNone);
    }
};

struct SliceProof {
    std::optional<std::string> circuit;
    std::optional<Value> inputs;
    std::optional<Value> outputs;
    std::optional<std::string> slice_num;
    std::optional<std::string> run_uid;
    std::string proof_system;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("circuit", self.circuit, kSkipNone);
        visit("inputs", self.inputs, kSkipNone);
        visit("outputs", self.outputs, kSkipNone);
        visit("slice_num", self.slice_num, kSkipNone);
        visit("run_uid", self.run_uid, kSkipNone);
        visit("proof_system", self.proof_system);
    }
};

struct Competition {
    int64_t id = 0;
    std::string hash;
    std::string file_name;
    std::optional<std::string> file_content;
    std::optional<std::string> commitment;
    std::optional<std::string> error;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("id", self.id);
        visit("hash", self.hash);
        visit("file_name", self.file_name);
        visit("file_content", self.file_content, kSkipNone);
        visit("commitment", self.commitment, kSkipNone);
        visit("error", self.error, kSkipNone);
    }
};

constexpr const char* kZk = "query-zk-proof";
constexpr const char* kSlice = "dsperse-proof-generation";
constexpr const char* kCompetition = "competition";

Value text(const char* value)
{
    return Value::str(value);
}
Value real(double value)
{
    return Value(Value::Any(value));
}

// A miner that hands back the structures it understood, and what it was asked last.
struct Miner {
    World world;
    Server& server = world.server();
    Client& client = world.client();
    ZkProof zk;
    SliceProof slice;
    Competition competition;

    Miner()
    {
        server.handle_async(kZk, typed<ZkProof>([this](const ZkProof& in) -> Result<ZkProof> {
                                zk = in;
                                return in;
                            }));
        server.handle_async(kSlice,
                            typed<SliceProof>([this](const SliceProof& in) -> Result<SliceProof> {
                                slice = in;
                                return in;
                            }));
        server.handle_async(
            kCompetition, typed<Competition>([this](const Competition& in) -> Result<Competition> {
                competition = in;
                return in;
            }));
        client.initialize_connections({{kMiner, server.address()}});
    }
    // The answer as a tree; nil when there is none.
    Value ask(const char* type, const Value& data)
    {
        const auto result = client.query(kMiner, type, encoded(data));
        if (!result.error.ok()) return {};
        return decode_value(result.data.view()).value();
    }
};

Value nested_inputs()
{
    return Value::object(
        {{"layers",
          Value::array(
              {Value::object({{"weights", Value::array({real(0.5), real(-1.25), real(3e-9)})},
                              {"name", text("conv")}}),
               Value::object({{"weights", Value::array({})}, {"on", Value::boolean(true)}})})},
         {"depth", Value::number(-3)},
         {"none", Value()}});
}

void query_zk_proof_full_roundtrip__map_to_structure_and_back(void**)
{
    Miner miner;
    const Value sent = Value::object({{"model_id", text("model-1")},
                                      {"query_input", nested_inputs()},
                                      {"query_output", text("0xff")}});
    assert_true(miner.ask(kZk, sent) == sent);
    assert_string_equal(miner.zk.model_id->c_str(), "model-1");
    assert_true(*miner.zk.query_input == nested_inputs());
    assert_string_equal(miner.zk.query_output->c_str(), "0xff");
}

void query_zk_proof_all_fields_none__empty_map_both_ways(void**)
{
    Miner miner;
    assert_true(miner.ask(kZk, Value::object({})) == Value::object({}));
    assert_false(miner.zk.model_id || miner.zk.query_input || miner.zk.query_output);
}

void query_zk_proof_partial_fields__only_what_was_sent_is_there(void**)
{
    Miner miner;
    const Value sent = Value::object({{"model_id", text("m")}});
    assert_true(miner.ask(kZk, sent) == sent);
    assert_true(miner.zk.model_id.has_value());
    assert_false(miner.zk.query_input.has_value());
}

void dslice_proof_generation_full_roundtrip__trees_survive(void**)
{
    Miner miner;
    const Value sent = Value::object({{"circuit", text("net")},
                                      {"inputs", nested_inputs()},
                                      {"outputs", Value::array({nested_inputs(), Value()})},
                                      {"slice_num", text("4")},
                                      {"run_uid", text("run-7")},
                                      {"proof_system", text("JSTPROVE")}});
    assert_true(miner.ask(kSlice, sent) == sent);
    assert_true(*miner.slice.inputs == nested_inputs());
}

void dslice_proof_generation_minimal_fields__only_the_required_one(void**)
{
    Miner miner;
    const Value sent = Value::object({{"proof_system", text("EZKL")}});
    assert_true(miner.ask(kSlice, sent) == sent);
    assert_string_equal(miner.slice.proof_system.c_str(), "EZKL");
    // Without it there is no structure, and the caller hears that his request failed.
    assert_true(miner.ask(kSlice, Value::object({{"circuit", text("net")}})).is_nil());
}

void competition_full_roundtrip__numbers_and_text_survive(void**)
{
    Miner miner;
    const Value sent = Value::object({{"id", Value::number(9'000'000'000)},
                                      {"hash", text("abc")},
                                      {"file_name", text("a.bin")},
                                      {"file_content", text("Zm9v")},
                                      {"commitment", text("c0")}});
    const Value got = miner.ask(kCompetition, sent);
    assert_true(got == sent);
    assert_null(got.find("error"));
    assert_true(miner.competition.id == 9'000'000'000);
}

Value required_only()
{
    return Value::object({{"id", Value::number(1)}, {"hash", text("h")}, {"file_name", text("f")}});
}

void competition_required_fields_only__suffice(void**)
{
    Miner miner;
    assert_true(miner.ask(kCompetition, required_only()) == required_only());
}

void competition_error_field_roundtrip__an_error_inside_is_data(void**)
{
    Miner miner;
    Value sent = required_only();
    std::get<Map>(sent.any).emplace_back(text("error"), text("bad file"));
    const Value got = miner.ask(kCompetition, sent);
    assert_true(*got.find("error") == text("bad file"));
}

void skip_serializing_if_none_omits_fields__when_encoding(void**)
{
    assert_true(to_value(ZkProof{}) == Value::object({}));
    ZkProof some;
    some.query_output = "x";
    assert_true(to_value(some) == Value::object({{"query_output", text("x")}}));
}

void skip_serializing_if_none_deserializes_back_to_none__absent_or_nil(void**)
{
    auto empty = from_data<ZkProof>(to_data(ZkProof{}).value());
    assert_true(empty.ok());
    assert_false(empty->model_id || empty->query_input || empty->query_output);
    auto nil = from_data<ZkProof>(encoded(Value::object({{"model_id", Value()}})));
    assert_true(nil.ok());
    assert_false(nil->model_id.has_value());
}

void hashmap_client_to_struct_server_nested_json__deep_trees_survive(void**)
{
    Miner miner;
    Value deep = nested_inputs();
    for (int i = 0; i < 50; ++i) {
        deep = i % 2 == 0 ? Value::array({deep, Value::number(i)})
                          : Value::object({{"level", deep}, {"i", Value::number(-i)}});
    }
    const Value sent = Value::object({{"query_input", deep}});
    assert_true(miner.ask(kZk, sent) == sent);
    assert_true(*miner.zk.query_input == deep);
}

void dslice_with_complex_inputs_and_outputs__float_arrays_in_maps(void**)
{
    Miner miner;
    Array numbers;
    for (int i = -100; i < 100; ++i) numbers.push_back(real(i * 0.37));
    const Value inputs =
        Value::object({{"tensor", Value::array(numbers)},
                       {"shape", Value::array({Value::number(10), Value::number(20)})}});
    const Value sent = Value::object({{"inputs", inputs},
                                      {"outputs", Value::array({inputs, real(-0.0)})},
                                      {"proof_system", text("CIRCOM")}});
    assert_true(miner.ask(kSlice, sent) == sent);
    assert_true(*miner.slice.inputs == inputs);
}

void multiple_handlers_registered_simultaneously__on_one_connection(void**)
{
    Miner miner;
    const Value zk = Value::object({{"model_id", text("m")}});
    const Value slice = Value::object({{"proof_system", text("p")}});
    const auto one = miner.client.begin(kMiner, kZk, encoded(zk));
    const auto two = miner.client.begin(kMiner, kSlice, encoded(slice));
    const auto three = miner.client.begin(kMiner, kCompetition, encoded(required_only()));
    assert_true(decode_value(miner.client.finish(three).data.view()).value() == required_only());
    assert_true(decode_value(miner.client.finish(two).data.view()).value() == slice);
    assert_true(decode_value(miner.client.finish(one).data.view()).value() == zk);
    assert_int_equal(miner.client.core().stats().dials, 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(query_zk_proof_full_roundtrip__map_to_structure_and_back),
        cmocka_unit_test(query_zk_proof_all_fields_none__empty_map_both_ways),
        cmocka_unit_test(query_zk_proof_partial_fields__only_what_was_sent_is_there),
        cmocka_unit_test(dslice_proof_generation_full_roundtrip__trees_survive),
        cmocka_unit_test(dslice_proof_generation_minimal_fields__only_the_required_one),
        cmocka_unit_test(competition_full_roundtrip__numbers_and_text_survive),
        cmocka_unit_test(competition_required_fields_only__suffice),
        cmocka_unit_test(competition_error_field_roundtrip__an_error_inside_is_data),
        cmocka_unit_test(skip_serializing_if_none_omits_fields__when_encoding),
        cmocka_unit_test(skip_serializing_if_none_deserializes_back_to_none__absent_or_nil),
        cmocka_unit_test(hashmap_client_to_struct_server_nested_json__deep_trees_survive),
        cmocka_unit_test(dslice_with_complex_inputs_and_outputs__float_arrays_in_maps),
        cmocka_unit_test(multiple_handlers_registered_simultaneously__on_one_connection),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
