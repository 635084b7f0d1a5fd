//! Writes ../msgpack.txt and ../envelopes.txt: inputs, and what rmp-serde makes of them. The inputs
//! are made by hand, by rmp-serde's own encoder, and by mutation with a fixed seed; the expectation
//! is always what the decoder says, so acceptance is compared and not assumed.
//!
//! Line: (of an envelope its structure,) name, input in hex (`-`: none), expectation. The expectation is `refused`, or `ok` and the
//! decoded value encoded again in shortest form (for a bare value the bytes consumed stand between).

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Write};

use rmpv::Value;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone)]
struct HandshakeRequest {
    validator_hotkey: String,
    timestamp: u64,
    nonce: String,
    signature: String,
}

#[derive(Serialize, Deserialize, Clone)]
struct HandshakeResponse {
    miner_hotkey: String,
    timestamp: u64,
    signature: String,
    accepted: bool,
    connection_id: String,
    #[serde(default)]
    cert_fingerprint: Option<String>,
}

/// `M` is a hash table when decoding, as at the peer, and an ordered one when encoding, so that the
/// expectation has one spelling.
#[derive(Serialize, Deserialize, Clone)]
struct SynapsePacket<M> {
    synapse_type: String,
    data: M,
    timestamp: u64,
}

#[derive(Serialize, Deserialize, Clone)]
struct SynapseResponse<M> {
    success: bool,
    data: M,
    timestamp: u64,
    error: Option<String>,
}

#[derive(Serialize, Deserialize, Clone)]
struct StreamChunk {
    #[serde(with = "serde_bytes")]
    data: Vec<u8>,
}

#[derive(Serialize, Deserialize, Clone)]
struct StreamEnd {
    success: bool,
    error: Option<String>,
}

type Unordered = HashMap<String, Value>;
type Ordered = BTreeMap<String, Value>;

/// xorshift64*: the vectors must come out the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound
    }
}

fn positional<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

fn named<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.serialize(&mut rmp_serde::Serializer::new(&mut out).with_struct_map()).unwrap();
    out
}

fn value_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    rmpv::encode::write_value(&mut out, value).unwrap();
    out
}

fn judge_value(input: &[u8]) -> String {
    let mut reader = rmp_serde::Deserializer::new(Cursor::new(input));
    match Value::deserialize(&mut reader) {
        Ok(value) => format!("ok {} {}", reader.position(), hex::encode(value_bytes(&value))),
        Err(_) => "refused".into(),
    }
}

fn again<T: Serialize>(decoded: Result<T, rmp_serde::decode::Error>) -> String {
    match decoded {
        Ok(value) => format!("ok {}", hex::encode(positional(&value))),
        Err(_) => "refused".into(),
    }
}

fn judge_envelope(kind: &str, input: &[u8]) -> String {
    match kind {
        "HandshakeRequest" => again(rmp_serde::from_slice::<HandshakeRequest>(input)),
        "HandshakeResponse" => again(rmp_serde::from_slice::<HandshakeResponse>(input)),
        "SynapsePacket" => {
            again(rmp_serde::from_slice::<SynapsePacket<Unordered>>(input).map(|packet| {
                SynapsePacket::<Ordered> {
                    synapse_type: packet.synapse_type,
                    data: packet.data.into_iter().collect(),
                    timestamp: packet.timestamp,
                }
            }))
        }
        "SynapseResponse" => {
            again(rmp_serde::from_slice::<SynapseResponse<Unordered>>(input).map(|response| {
                SynapseResponse::<Ordered> {
                    success: response.success,
                    data: response.data.into_iter().collect(),
                    timestamp: response.timestamp,
                    error: response.error,
                }
            }))
        }
        "StreamChunk" => again(rmp_serde::from_slice::<StreamChunk>(input)),
        "StreamEnd" => again(rmp_serde::from_slice::<StreamEnd>(input)),
        _ => unreachable!(),
    }
}

/// One of every kind and width, for putting where another is due.
fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    let raw: &[(&str, &str)] = &[
        ("nil", "c0"),
        ("reserved", "c1"),
        ("false", "c2"),
        ("true", "c3"),
        ("zero", "00"),
        ("one_as_u8", "cc01"),
        ("u8_255", "ccff"),
        ("u16_256", "cd0100"),
        ("u32", "ce6553f100"),
        ("u64_max", "cfffffffffffffffff"),
        ("one_as_i8", "d001"),
        ("one_as_i64", "d30000000000000001"),
        ("minus_one", "ff"),
        ("minus_one_as_i32", "d2ffffffff"),
        ("float32", "ca3f800000"),
        ("float64", "cb3ff0000000000000"),
        ("str", "a161"),
        ("str_empty", "a0"),
        ("str8", "d90161"),
        ("str16", "da000161"),
        ("str32", "db0000000161"),
        ("str_not_utf8", "a2ff61"),
        ("str_overlong", "a2c080"),
        ("str_surrogate", "a3eda080"),
        ("str_euro", "a3e282ac"),
        ("bin", "c40161"),
        ("bin16", "c5000161"),
        ("bin32", "c60000000161"),
        ("bin_empty", "c400"),
        ("bin_not_utf8", "c402ff61"),
        ("array_empty", "90"),
        ("array_of_bytes", "930001ccff"),
        ("array_of_signed_bytes", "92d005d1007f"),
        ("array_with_256", "92cd010001"),
        ("array_with_minus_one", "9201ff"),
        ("array_with_float", "91ca3f800000"),
        ("array_with_str", "91a161"),
        ("array16", "dc000107"),
        ("array32", "dd0000000107"),
        ("map_empty", "80"),
        ("map_of_one", "81a161a162"),
        ("map_with_bin_key", "81c4016101"),
        ("map_with_int_key", "810101"),
        ("map_with_nil_key", "81c001"),
        ("map_with_array_key", "819001"),
        ("map_with_map_key", "818001"),
        ("map_with_bad_key", "81a1ff01"),
        ("map_with_bad_bin_key", "81c401ff01"),
        ("map_repeated", "82a16101a16102"),
        ("map_repeated_as_bin", "83a16101a16203c4016102"),
        ("map_bad_value", "81a161a2ff61"),
        ("map_bad_nested", "81a1618192a1ff01a2fffe"),
        ("map_nested_repeats", "81a16182a16201a16202"),
        ("map16", "de0001a16101"),
        ("map32", "df00000001a16101"),
        ("map_long_key_form", "81d9016101"),
        ("ext", "d40507"),
        ("ext_any_type", "c7022a0102"),
    ];
    raw.iter().map(|(name, text)| (*name, hex::decode(text).unwrap())).collect()
}

fn hex_field(input: &[u8]) -> String {
    if input.is_empty() { "-".into() } else { hex::encode(input) }
}

struct Sheet {
    lines: Vec<String>,
}

impl Sheet {
    fn value(&mut self, name: &str, input: &[u8]) {
        self.lines.push(format!("{name} {} {}", hex_field(input), judge_value(input)));
    }

    fn envelope(&mut self, kind: &str, name: &str, input: &[u8]) {
        let expectation = judge_envelope(kind, input);
        self.lines.push(format!("{kind} {name} {} {expectation}", hex_field(input)));
    }

    fn save(&self, file: &str) {
        let path = format!("{}/../{file}", env!("CARGO_MANIFEST_DIR"));
        let mut out = std::fs::File::create(path).unwrap();
        writeln!(out, "# Made by generator/src/bin/words.rs, which says what the columns are.").unwrap();
        for line in &self.lines {
            writeln!(out, "{line}").unwrap();
        }
        let accepted = self.lines.iter().filter(|line| !line.ends_with("refused")).count();
        println!("{file}: {} lines, {accepted} accepted", self.lines.len());
    }
}

fn nested_arrays(levels: usize) -> Vec<u8> {
    let mut out = vec![0x91; levels.saturating_sub(1)];
    if levels > 0 {
        out.push(0x90);
    }
    out
}

fn mutate(dice: &mut Dice, base: &[u8]) -> Vec<u8> {
    let mut out = base.to_vec();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(out.len());
        match dice.below(6) {
            0 => out[at] = dice.next() as u8,
            1 => out[at] ^= 1 << dice.below(8),
            2 => out[at] = 0xc0 + dice.below(32) as u8,
            3 => out.insert(at, dice.next() as u8),
            4 if out.len() > 1 => {
                out.remove(at);
            }
            _ => {
                let from = dice.below(base.len());
                out[at] = base[from];
            }
        }
    }
    out
}

fn random_value(dice: &mut Dice, budget: usize) -> Value {
    match dice.below(if budget == 0 { 9 } else { 11 }) {
        0 => Value::Nil,
        1 => Value::from(dice.below(2) == 1),
        2 => Value::from(dice.next() >> dice.below(64)),
        3 => Value::from((dice.next() as i64) >> dice.below(64)),
        4 => Value::F32(f32::from_bits(dice.next() as u32 & 0xff7f_ffff)),
        5 => Value::F64((dice.next() as i32) as f64 / 8.0),
        6 => Value::from("aé€🙂".repeat(dice.below(12))),
        7 => Value::Binary((0..dice.below(40)).map(|_| dice.next() as u8).collect()),
        8 => {
            let len = [0, 1, 2, 3, 4, 8, 16, 17][dice.below(8)];
            Value::Ext(dice.next() as i8, vec![0xee; len])
        }
        9 => Value::Array((0..dice.below(18)).map(|_| random_value(dice, budget / 4)).collect()),
        _ => Value::Map(
            (0..dice.below(8))
                .map(|_| (random_value(dice, 0), random_value(dice, budget / 4)))
                .collect(),
        ),
    }
}

fn values() -> Sheet {
    let mut sheet = Sheet { lines: Vec::new() };
    for (name, bytes) in one_of_each() {
        sheet.value(&format!("each/{name}"), &bytes);
    }
    let mut edges: Vec<i128> = vec![0, u64::MAX.into(), i64::MIN.into()];
    for bits in [5, 7, 8, 15, 16, 31, 32, 63] {
        for step in [-1, 0, 1] {
            edges.push((1i128 << bits) + step);
            edges.push(-(1i128 << bits) + step);
        }
    }
    for edge in edges {
        if let Ok(value) = u64::try_from(edge) {
            sheet.value(&format!("edge/{edge}"), &value_bytes(&Value::from(value)));
        } else if let Ok(value) = i64::try_from(edge) {
            sheet.value(&format!("edge/{edge}"), &value_bytes(&Value::from(value)));
        }
        // The same number in every wider form that can hold it.
        for (marker, width, min, max) in [
            (0xcc, 1, 0, 0xff),
            (0xcd, 2, 0, 0xffff),
            (0xce, 4, 0, 0xffff_ffff),
            (0xcf, 8, 0, u64::MAX as i128),
            (0xd0, 1, -0x80, 0x7f),
            (0xd1, 2, -0x8000, 0x7fff),
            (0xd2, 4, -0x8000_0000i128, 0x7fff_ffff),
            (0xd3, 8, i64::MIN as i128, i64::MAX as i128),
        ] {
            if edge < min || edge > max {
                continue;
            }
            let mut input = vec![marker];
            input.extend_from_slice(&edge.to_be_bytes()[16 - width..]);
            sheet.value(&format!("edge/{edge}_as_{marker:02x}"), &input);
        }
    }
    for len in [0, 1, 31, 32, 255, 256] {
        sheet.value(&format!("len/str_{len}"), &value_bytes(&Value::from("x".repeat(len))));
        sheet.value(&format!("len/bin_{len}"), &value_bytes(&Value::Binary(vec![0xb1; len])));
        sheet.value(&format!("len/ext_{len}"), &value_bytes(&Value::Ext(-1, vec![0xe1; len])));
    }
    for count in [0u64, 1, 15, 16, 255] {
        let array = Value::Array((0..count).map(|_| Value::Nil).collect());
        let map = Value::Map((0..count).map(|i| (Value::from(i), Value::Nil)).collect());
        sheet.value(&format!("count/array_{count}"), &value_bytes(&array));
        sheet.value(&format!("count/map_{count}"), &value_bytes(&map));
    }
    for marker in [0xc4u8, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf] {
        for fill in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut input = vec![marker, fill, fill, fill, fill];
            input.extend_from_slice(&[0x01; 12]);
            sheet.value(&format!("length/{marker:02x}_{fill:02x}"), &input);
        }
    }
    for levels in [1022, 1023, 1024, 1025] {
        sheet.value(&format!("depth/arrays_{levels}"), &nested_arrays(levels));
        let mut with_ext = vec![0x91; levels - 1];
        with_ext.extend_from_slice(&[0xd4, 0x00, 0x00]);
        sheet.value(&format!("depth/ext_at_{levels}"), &with_ext);
        let mut in_keys = vec![0x81; levels];
        in_keys.extend(std::iter::repeat(0xc0).take(levels + 1));
        sheet.value(&format!("depth/map_keys_{levels}"), &in_keys);
    }
    let mut dice = Dice(0x4c54_4e31);
    let mut bases = Vec::new();
    for i in 0..80 {
        let bytes = value_bytes(&random_value(&mut dice, 48));
        sheet.value(&format!("random/{i}"), &bytes);
        bases.push(bytes);
    }
    bases.retain(|bytes| bytes.len() < 80);
    for i in 0..400 {
        let base = bases[dice.below(bases.len())].clone();
        let input = mutate(&mut dice, &base);
        sheet.value(&format!("mutated/{i}"), &input);
    }
    sheet
}

/// The fields of an envelope as name and encoded value: the pieces from which every spelling of it
/// is put together.
type Fields = Vec<(&'static str, Vec<u8>)>;

fn spell_map(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    rmp_len(&mut out, 0x80, 0xde, fields.len());
    for (key, value) in fields {
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    out
}

fn rmp_len(out: &mut Vec<u8>, fix: u8, wide: u8, len: usize) {
    if len < 16 {
        out.push(fix | len as u8);
    } else {
        out.push(wide);
        out.extend_from_slice(&(len as u16).to_be_bytes());
    }
}

fn spell_array(values: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    rmp_len(&mut out, 0x90, 0xdc, values.len());
    for value in values {
        out.extend_from_slice(value);
    }
    out
}

fn text(value: &str) -> Vec<u8> {
    value_bytes(&Value::from(value))
}

fn bin(value: &str) -> Vec<u8> {
    value_bytes(&Value::Binary(value.as_bytes().to_vec()))
}

fn spellings(sheet: &mut Sheet, kind: &str, fields: &Fields) {
    let values: Vec<Vec<u8>> = fields.iter().map(|field| field.1.clone()).collect();
    let by = |key: &dyn Fn(usize, &str) -> Vec<u8>| -> Vec<(Vec<u8>, Vec<u8>)> {
        let keyed = |(i, (name, value)): (usize, &(&'static str, Vec<u8>))| (key(i, name), value.clone());
        fields.iter().enumerate().map(keyed).collect()
    };
    let names = by(&|_, name| text(name));
    let with_array16 = {
        let mut out = vec![0xdc, 0x00, fields.len() as u8];
        out.extend(values.concat());
        out
    };
    sheet.envelope(kind, "array", &spell_array(&values));
    sheet.envelope(kind, "array16", &with_array16);
    sheet.envelope(kind, "names", &spell_map(&names));
    sheet.envelope(kind, "names_bin", &spell_map(&by(&|_, name| bin(name))));
    sheet.envelope(kind, "positions", &spell_map(&by(&|i, _| vec![i as u8])));
    sheet.envelope(kind, "positions_u64", &spell_map(&by(&|i, _| {
        let mut key = vec![0xcf];
        key.extend_from_slice(&(i as u64).to_be_bytes());
        key
    })));
    sheet.envelope(kind, "positions_i8", &spell_map(&by(&|i, _| vec![0xd0, i as u8])));
    sheet.envelope(kind, "positions_text", &spell_map(&by(&|i, _| text(&i.to_string()))));
    let mut reversed = names.clone();
    reversed.reverse();
    sheet.envelope(kind, "names_reversed", &spell_map(&reversed));
    for len in 0..fields.len() {
        sheet.envelope(kind, &format!("array_of_{len}"), &spell_array(&values[..len]));
    }
    let mut longer = values.clone();
    longer.push(vec![0xc0]);
    sheet.envelope(kind, "array_longer", &spell_array(&longer));
    for (i, (name, value)) in fields.iter().enumerate() {
        let mut missing = names.clone();
        missing.remove(i);
        sheet.envelope(kind, &format!("without_{name}"), &spell_map(&missing));
        let mut twice = names.clone();
        twice.push((text(name), value.clone()));
        sheet.envelope(kind, &format!("twice_{name}"), &spell_map(&twice));
        let mut mixed = names.clone();
        mixed.push((vec![i as u8], value.clone()));
        sheet.envelope(kind, &format!("twice_by_position_{name}"), &spell_map(&mixed));
        for (what, other) in one_of_each() {
            let mut changed = values.clone();
            changed[i] = other.clone();
            sheet.envelope(kind, &format!("{name}_is_{what}"), &spell_array(&changed));
        }
    }
    for (what, other) in one_of_each() {
        let mut unknown = names.clone();
        unknown.insert(fields.len() / 2, (text("later"), other.clone()));
        sheet.envelope(kind, &format!("unknown_is_{what}"), &spell_map(&unknown));
        let mut key = names.clone();
        key.insert(0, (other.clone(), vec![0xc0]));
        sheet.envelope(kind, &format!("key_is_{what}"), &spell_map(&key));
        sheet.envelope(kind, &format!("whole_is_{what}"), &other);
    }
    sheet.envelope(kind, "key_beyond", &{
        let mut more = names.clone();
        more.push((vec![fields.len() as u8], vec![0xc0]));
        spell_map(&more)
    });
    sheet.envelope(kind, "key_far_beyond", &{
        let mut more = names.clone();
        more.push((vec![0xcf, 1, 0, 0, 0, 0, 0, 0, 0], vec![0xc0]));
        spell_map(&more)
    });
    for levels in [1022, 1023] {
        let mut unknown = names.clone();
        unknown.push((text("later"), nested_arrays(levels)));
        sheet.envelope(kind, &format!("unknown_deep_{levels}"), &spell_map(&unknown));
    }
    let array = spell_array(&values);
    let mut trailed = array.clone();
    trailed.extend_from_slice(&[0xc1, 0xff]);
    sheet.envelope(kind, "trailing", &trailed);
    for len in 0..array.len() {
        sheet.envelope(kind, &format!("cut_{len}"), &array[..len]);
    }
}

fn envelopes() -> Sheet {
    let mut sheet = Sheet { lines: Vec::new() };
    let mut dice = Dice(0x4c54_4e32);
    let uint = |value: u64| value_bytes(&Value::from(value));
    let data = |entries: &[(&str, Value)]| {
        value_bytes(&Value::Map(
            entries.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect(),
        ))
    };
    let echo = data(&[("greeting", Value::from("hello")), ("payload", Value::Binary(vec![0x42; 4]))]);
    let shapes: Vec<(&str, Fields)> = vec![
        ("HandshakeRequest", vec![
            ("validator_hotkey", text("5Cf")),
            ("timestamp", uint(1_700_000_000)),
            ("nonce", text("0001")),
            ("signature", text("IGJ+")),
        ]),
        ("HandshakeResponse", vec![
            ("miner_hotkey", text("5Cc")),
            ("timestamp", uint(1_700_000_001)),
            ("signature", text("lrmi")),
            ("accepted", vec![0xc3]),
            ("connection_id", text("conn_1")),
            ("cert_fingerprint", text("5NZV")),
        ]),
        ("SynapsePacket", vec![
            ("synapse_type", text("echo")),
            ("data", echo.clone()),
            ("timestamp", uint(1_700_000_000)),
        ]),
        ("SynapseResponse", vec![
            ("success", vec![0xc3]),
            ("data", echo.clone()),
            ("timestamp", uint(1_700_000_000)),
            ("error", text("unrecognized synapse type")),
        ]),
        ("StreamChunk", vec![("data", bin("chunk1"))]),
        ("StreamEnd", vec![("success", vec![0xc2]), ("error", text("handler timed out"))]),
    ];
    for (kind, fields) in &shapes {
        spellings(&mut sheet, kind, fields);
        let values: Vec<Vec<u8>> = fields.iter().map(|field| field.1.clone()).collect();
        let names: Vec<(Vec<u8>, Vec<u8>)> =
            fields.iter().map(|(name, value)| (text(name), value.clone())).collect();
        for i in 0..60 {
            let input = mutate(&mut dice, &spell_array(&values));
            sheet.envelope(kind, &format!("mutated_{i}"), &input);
        }
        for i in 0..40 {
            let input = mutate(&mut dice, &spell_map(&names));
            sheet.envelope(kind, &format!("mutated_names_{i}"), &input);
        }
    }
    derived(&mut sheet);
    for levels in [1020, 1021, 1022] {
        let mut map = vec![0x81, 0xa1, 0x61];
        map.extend(nested_arrays(levels));
        let input = spell_array(&[text("echo"), map.clone(), uint(1)]);
        sheet.envelope("SynapsePacket", &format!("data_deep_{levels}"), &input);
        let named = spell_map(&[
            (text("synapse_type"), text("echo")),
            (text("timestamp"), uint(1)),
            (text("data"), map),
        ]);
        sheet.envelope("SynapsePacket", &format!("data_deep_{levels}_by_name"), &named);
        let mut ext = vec![0x81, 0xa1, 0x61];
        ext.extend(vec![0x91; levels - 1]);
        ext.extend_from_slice(&[0xd4, 1, 1]);
        let input = spell_array(&[text("echo"), ext, uint(1)]);
        sheet.envelope("SynapsePacket", &format!("data_ext_at_{levels}"), &input);
    }
    // Many keys, some repeated, as str and as bin, with values that are not UTF-8 among them.
    for i in 0..40 {
        let pairs = 1 + dice.below(if i < 20 { 8 } else { 40 });
        let mut entries = Vec::new();
        for _ in 0..pairs {
            let name = format!("k{}", dice.below(pairs + pairs / 2));
            let key = if dice.below(4) == 0 { bin(&name) } else { text(&name) };
            let value = match dice.below(4) {
                0 => vec![0xa2, 0xff, 0x61],
                1 => vec![0x92, 0xa1, 0xfe, 0xd9, 0x01, 0xfd],
                _ => value_bytes(&random_value(&mut dice, 4)),
            };
            entries.push((key, value));
        }
        let input = spell_array(&[vec![0xc2], spell_map(&entries), uint(i), vec![0xc0]]);
        sheet.envelope("SynapseResponse", &format!("data_keys_{i}"), &input);
    }
    sheet
}

/// What rmp-serde itself writes for the structures, positional and by name.
fn derived(sheet: &mut Sheet) {
    let request = HandshakeRequest {
        validator_hotkey: "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq".into(),
        timestamp: 1_700_000_000,
        nonce: "000102030405060708090a0b0c0d0e0f".into(),
        signature: "A".repeat(86) + "==",
    };
    let response = HandshakeResponse {
        miner_hotkey: "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH".into(),
        timestamp: u64::MAX,
        signature: String::new(),
        accepted: false,
        connection_id: String::new(),
        cert_fingerprint: None,
    };
    let mut data = Ordered::new();
    let packet = SynapsePacket { synapse_type: "é€🙂".into(), data: data.clone(), timestamp: 0 };
    data.insert("n".into(), Value::from(-7));
    data.insert("f".into(), Value::F32(0.5));
    data.insert("m".into(), Value::Map(vec![(Value::from(1), Value::Nil); 2]));
    let answer = SynapseResponse { success: true, data, timestamp: 1, error: None };
    let chunk = StreamChunk { data: vec![0xff; 300] };
    let end = StreamEnd { success: true, error: None };
    sheet.envelope("HandshakeRequest", "derived", &positional(&request));
    sheet.envelope("HandshakeRequest", "derived_named", &named(&request));
    sheet.envelope("HandshakeResponse", "derived", &positional(&response));
    sheet.envelope("HandshakeResponse", "derived_named", &named(&response));
    sheet.envelope("SynapsePacket", "derived", &positional(&packet));
    sheet.envelope("SynapsePacket", "derived_named", &named(&packet));
    sheet.envelope("SynapseResponse", "derived", &positional(&answer));
    sheet.envelope("SynapseResponse", "derived_named", &named(&answer));
    sheet.envelope("StreamChunk", "derived", &positional(&chunk));
    sheet.envelope("StreamChunk", "derived_named", &named(&chunk));
    sheet.envelope("StreamEnd", "derived", &positional(&end));
    sheet.envelope("StreamEnd", "derived_named", &named(&end));
}

fn main() {
    values().save("msgpack.txt");
    envelopes().save("envelopes.txt");
}
