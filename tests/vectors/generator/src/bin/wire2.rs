//! Writes ../wire2.txt: what docs/wire-2.md says, carried out with the libraries of the generator and
//! nothing of ours.
//!
//! `handshake` lines: seed and hotkey of the client, seed and hotkey of the server, the request's
//! timestamp, nonce, Base64 of the fingerprint, exporter in hex, the request's signed text, its
//! signature (hex, with 32 zero bytes for randomness), its frame, the answer's timestamp, signed text,
//! signature, frame.
//! `frame` lines: a name and the frame of one envelope.
//! `read` lines: structure, name, payload, then `refused` or `ok` and the elements that count, encoded
//! again in shortest form.

use std::io::Write;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use blake2::{Blake2b512, Digest};
use rand_core::{CryptoRng, RngCore};
use rmpv::Value;
use schnorrkel::context::{attach_rng, SigningContext};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

struct ZeroRng;

impl RngCore for ZeroRng {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.fill(0);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        dest.fill(0);
        Ok(())
    }
}

impl CryptoRng for ZeroRng {}

fn pair(fill: u8) -> Keypair {
    MiniSecretKey::from_bytes(&[fill; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519)
}

fn ss58(key: &[u8; 32]) -> String {
    let mut body = vec![42u8];
    body.extend_from_slice(key);
    let mut hash = Blake2b512::new();
    hash.update(b"SS58PRE");
    hash.update(&body);
    let sum = hash.finalize();
    body.extend_from_slice(&sum[..2]);
    bs58::encode(body).into_string()
}

fn sign(pair: &Keypair, text: &str) -> [u8; 64] {
    pair.sign(attach_rng(
        SigningContext::new(b"substrate").bytes(text.as_bytes()),
        ZeroRng,
    ))
    .to_bytes()
}

fn packed(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    rmpv::encode::write_value(&mut out, value).unwrap();
    out
}

fn frame(kind: u8, value: &Value) -> String {
    let payload = packed(value);
    let mut out = vec![kind];
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(&payload);
    hex::encode(out)
}

fn text(value: &str) -> Value {
    Value::from(value)
}

fn handshakes(out: &mut impl Write) {
    let (client, server) = (pair(2), pair(1));
    let raw =
        hex::decode("e4d655d1aa773712e4e7e5657e85315325c831e6b431e89a77c45c706e621fb7").unwrap();
    let fingerprint = STANDARD.encode(raw);
    let fingerprint = fingerprint.as_str();
    let exporter: Vec<u8> = (0..32).map(|i| 0xa0 ^ (i * 7) as u8).collect();
    let names = (
        ss58(&client.public.to_bytes()),
        ss58(&server.public.to_bytes()),
    );
    for (timestamp, answered, nonce, client_max, server_max) in [
        (
            1_700_000_000u64,
            1_700_000_001u64,
            "000102030405060708090a0b0c0d0e0f",
            67_108_864u64,
            1_048_576u64,
        ),
        (
            1_893_456_000,
            1_893_455_999,
            "ffeeddccbbaa99887766554433221100",
            4_294_967_295,
            67_108_864,
        ),
    ] {
        let bound = STANDARD.encode(&exporter);
        let asked = format!(
            "handshake2:{}:{}:{timestamp}:{nonce}:{fingerprint}:{bound}",
            names.0, names.1
        );
        let signature = sign(&client, &asked);
        let request = Value::Array(vec![
            text(&names.0),
            Value::from(timestamp),
            text(nonce),
            text(&STANDARD.encode(signature)),
            text(&names.1),
            Value::from(client_max),
        ]);
        let told = format!(
            "handshake2_response:{}:{}:{answered}:{nonce}:{fingerprint}:{bound}",
            names.0, names.1
        );
        let answer_signature = sign(&server, &told);
        let answer = Value::Array(vec![
            text(&names.1),
            Value::from(answered),
            text(&STANDARD.encode(answer_signature)),
            Value::from(true),
            text(&format!("conn_{}_{}", names.0, answered * 1000)),
            text(fingerprint),
            Value::from(server_max),
            Value::from(0),
        ]);
        writeln!(
            out,
            "handshake {} {} {} {} {timestamp} {nonce} {fingerprint} {} {asked} {} {} {answered} {told} {} {}",
            hex::encode([2u8; 32]),
            names.0,
            hex::encode([1u8; 32]),
            names.1,
            hex::encode(&exporter),
            hex::encode(signature),
            frame(1, &request),
            hex::encode(answer_signature),
            frame(2, &answer),
        )
        .unwrap();
    }
}

fn data() -> Value {
    Value::Map(vec![(text("q"), Value::Binary(vec![1, 2, 3]))])
}

fn request(deadline: Value, priority: u64, flags: u64) -> Value {
    Value::Array(vec![
        text("echo"),
        data(),
        Value::from(1_700_000_000u64),
        deadline,
        Value::from(priority),
        Value::from(flags),
    ])
}

fn answer(success: bool, body: Value, error: Value, code: Value) -> Value {
    Value::Array(vec![
        Value::from(success),
        body,
        Value::from(1_700_000_000u64),
        error,
        code,
    ])
}

fn end(success: bool, error: Value, code: Value) -> Value {
    Value::Array(vec![Value::from(success), error, code])
}

fn frames(out: &mut impl Write) {
    let refusal = |name: &str, reason: u64| {
        Value::Array(vec![
            text(name),
            Value::from(1_700_000_000u64),
            text(""),
            Value::from(false),
            text(""),
            Value::Nil,
            Value::from(0),
            Value::from(reason),
        ])
    };
    let server = ss58(&pair(1).public.to_bytes());
    let none = || Value::Map(vec![]);
    for (name, kind, value) in [
        ("refused_untold", 2, refusal("", 0)),
        ("refused_other_hotkey", 2, refusal(&server, 1)),
        ("request_plain", 3, request(Value::Nil, 3, 0)),
        ("request_deadline", 3, request(Value::from(1500), 7, 0)),
        ("request_more", 3, request(Value::from(70_000), 0, 1)),
        ("answer_ok", 4, answer(true, data(), Value::Nil, Value::Nil)),
        (
            "answer_failed",
            4,
            answer(
                false,
                none(),
                text("request processing failed"),
                Value::from(4),
            ),
        ),
        (
            "answer_timed_out",
            4,
            answer(false, none(), text("handler timed out"), Value::from(5)),
        ),
        ("chunk", 5, Value::Array(vec![Value::Binary(vec![9; 5])])),
        ("end_ok", 6, end(true, Value::Nil, Value::Nil)),
        (
            "end_failed",
            6,
            end(false, text("stream processing failed"), Value::from(4)),
        ),
    ] {
        writeln!(out, "frame {name} {}", frame(kind, &value)).unwrap();
    }
}

/// What an element must be: (s)tring, (u)nsigned, (b)ool, (m)ap, (B)inary, or with nil.
fn fits(kind: char, value: &Value) -> bool {
    match kind {
        's' => value.is_str(),
        'S' => value.is_str() || value.is_nil(),
        'u' => value.is_u64(),
        'U' => value.is_u64() || value.is_nil(),
        'b' => value.is_bool(),
        'm' => value.is_map(),
        'B' => value.is_bin(),
        _ => unreachable!(),
    }
}

fn read(kinds: &str, payload: &[u8]) -> Option<Value> {
    let value = rmpv::decode::read_value(&mut &payload[..]).ok()?;
    let elements = value.as_array()?;
    if elements.len() < kinds.len() {
        return None;
    }
    let kept: Vec<Value> = elements[..kinds.len()].to_vec();
    kinds
        .chars()
        .zip(&kept)
        .all(|(kind, value)| fits(kind, value))
        .then_some(Value::Array(kept))
}

fn readings(out: &mut impl Write) {
    let bools = |v: bool| Value::from(v);
    let rows: Vec<(&str, &str, Vec<Value>)> = vec![
        (
            "HandshakeRequest2",
            "susssu",
            vec![
                text("v"),
                Value::from(7),
                text("n"),
                text("s"),
                text("e"),
                Value::from(9),
            ],
        ),
        (
            "HandshakeResponse2",
            "susbsSuu",
            vec![
                text("m"),
                Value::from(7),
                text("s"),
                bools(true),
                text("c"),
                text("f"),
                Value::from(9),
                Value::from(0),
            ],
        ),
        (
            "SynapsePacket2",
            "smuUuu",
            vec![
                text("t"),
                data(),
                Value::from(7),
                Value::Nil,
                Value::from(3),
                Value::from(1),
            ],
        ),
        (
            "SynapseResponse2",
            "bmuSU",
            vec![
                bools(false),
                data(),
                Value::from(7),
                text("no"),
                Value::from(4),
            ],
        ),
        ("StreamChunk2", "B", vec![Value::Binary(vec![1])]),
        (
            "StreamEnd2",
            "bSU",
            vec![bools(true), Value::Nil, Value::Nil],
        ),
    ];
    for (structure, kinds, elements) in rows {
        let mut cases: Vec<(String, Vec<u8>)> = vec![];
        cases.push(("exact".into(), packed(&Value::Array(elements.clone()))));
        let mut grown = elements.clone();
        grown.push(Value::Array(vec![
            Value::Map(vec![(Value::from(1), Value::Nil)]),
            text("new"),
        ]));
        grown.push(Value::Nil);
        cases.push(("grown".into(), packed(&Value::Array(grown.clone()))));
        let mut torn = packed(&Value::Array(grown));
        torn.pop();
        cases.push(("grown_and_torn".into(), torn));
        cases.push((
            "short".into(),
            packed(&Value::Array(elements[..elements.len() - 1].to_vec())),
        ));
        cases.push(("empty".into(), vec![]));
        cases.push((
            "map".into(),
            packed(&Value::Map(
                elements.iter().map(|v| (text("x"), v.clone())).collect(),
            )),
        ));
        for (at, kind) in kinds.chars().enumerate() {
            let mut wrong = elements.clone();
            wrong[at] = Value::from(-1);
            cases.push((format!("negative_{at}"), packed(&Value::Array(wrong))));
            if kind == 'S' || kind == 'U' {
                let mut nil = elements.clone();
                nil[at] = Value::Nil;
                cases.push((format!("nil_{at}"), packed(&Value::Array(nil))));
            }
        }
        for (name, payload) in cases {
            let verdict = match read(kinds, &payload) {
                Some(value) => format!("ok {}", hex::encode(packed(&value))),
                None => "refused".into(),
            };
            let shown = if payload.is_empty() {
                "-".into()
            } else {
                hex::encode(&payload)
            };
            writeln!(out, "read {structure} {name} {shown} {verdict}").unwrap();
        }
    }
}

fn main() {
    let mut out = std::fs::File::create("../wire2.txt").unwrap();
    writeln!(
        out,
        "# Made by generator/src/bin/wire2.rs, which says what the columns are."
    )
    .unwrap();
    handshakes(&mut out);
    frames(&mut out);
    readings(&mut out);
}
