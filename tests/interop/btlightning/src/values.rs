//! Every kind of value that can stand in `data`, at its limits.

use crate::json::Data;
use rmpv::Value;

/// What the JSON forms of `ltn` can say, and so what `ltn call --data` can send.
pub fn reachable_from_json() -> Data {
    let long_text = "lightning ".repeat(30);
    let mut nested = Value::Array(vec![]);
    for depth in 0..40 {
        nested = Value::Array(vec![Value::from(depth), nested]);
    }
    let mut data = Data::from([
        ("nil".into(), Value::Nil),
        ("yes".into(), Value::Boolean(true)),
        ("no".into(), Value::Boolean(false)),
        ("u64_max".into(), Value::from(u64::MAX)),
        ("i64_max".into(), Value::from(i64::MAX)),
        ("i64_min".into(), Value::from(i64::MIN)),
        ("f64_half".into(), Value::F64(0.5)),
        ("f64_third".into(), Value::F64(1.0 / 3.0)),
        ("f64_large".into(), Value::F64(-1.5e300)),
        ("f64_small".into(), Value::F64(2.5e-300)),
        ("text_empty".into(), Value::from("")),
        (
            "text".into(),
            Value::from("Grüße, 世界, \u{1f329}\u{0} \"\\"),
        ),
        ("text_31".into(), Value::from(&long_text[..31])),
        ("text_32".into(), Value::from(&long_text[..32])),
        ("text_256".into(), Value::from(&long_text[..256])),
        ("bin_empty".into(), Value::Binary(vec![])),
        ("bin".into(), Value::Binary((0..=255).collect())),
        ("array_empty".into(), Value::Array(vec![])),
        (
            "array_15".into(),
            Value::Array((0..15).map(Value::from).collect()),
        ),
        (
            "array_16".into(),
            Value::Array((0..16).map(Value::from).collect()),
        ),
        (
            "array_70000".into(),
            Value::Array((0..70_000).map(Value::from).collect()),
        ),
        (
            "array_mixed".into(),
            Value::Array(vec![Value::Nil, Value::from(-1), Value::from("x")]),
        ),
        ("map_empty".into(), Value::Map(vec![])),
        (
            "map_nested".into(),
            Value::Map(vec![(
                Value::from("a"),
                Value::Map(vec![(Value::from("b"), Value::Binary(vec![1, 2, 3]))]),
            )]),
        ),
        ("array_nested".into(), nested),
        ("".into(), Value::from("the empty key")),
        ("f64_integral".into(), Value::F64(3.0)),
        ("f64_infinite".into(), Value::F64(f64::INFINITY)),
        ("f64_minus_zero".into(), Value::F64(-0.0)),
        (
            "map_keys".into(),
            Value::Map(vec![
                (Value::from(7), Value::from("number")),
                (Value::Nil, Value::from("nil")),
                (Value::Boolean(true), Value::from("bool")),
                (Value::Binary(vec![9]), Value::from("bin")),
                (Value::Array(vec![Value::from(1)]), Value::from("array")),
            ]),
        ),
    ]);
    for length in [0usize, 1, 2, 3, 4, 8, 16, 17, 300, 70_000] {
        data.insert(format!("ext_{length}"), Value::Ext(-7, vec![0xa5; length]));
    }
    data.insert("ext_user".into(), Value::Ext(127, vec![1, 2, 3]));
    // Both sides of every width of integer.
    for bits in [5u32, 7, 8, 15, 16, 31, 32, 53] {
        let edge = 1i64 << bits;
        for (name, number) in [
            ("below", edge - 1),
            ("at", edge),
            ("minus", -edge),
            ("minus_below", -edge - 1),
        ] {
            data.insert(format!("int_{bits}_{name}"), Value::from(number));
        }
    }
    data
}

/// Those, and what only a MessagePack peer can say: JSON has one kind of float.
pub fn every_kind() -> Data {
    let mut data = reachable_from_json();
    data.extend([
        ("f32_half".into(), Value::F32(0.5)),
        ("f32_third".into(), Value::F32(1.0 / 3.0)),
    ]);
    data
}
