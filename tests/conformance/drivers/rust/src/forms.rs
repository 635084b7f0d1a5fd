//! Bytes, values and keys as the lines have them.
use ltn::{Bytes, Hotkey, Peer};
use serde::Deserialize;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use crate::driver::{said, Failure};

/// More bytes than this are answered as their length and hash.
const SHOWN_MAX: usize = 4096;

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Result<Vec<u8>, Failure> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or_else(|| said("invalid_argument", "expected hexadecimal digits"))
}

pub fn array<const N: usize>(text: &str) -> Result<[u8; N], Failure> {
    let bytes = unhex(text)?;
    let text = format!("expected {N} bytes, came {}", bytes.len());
    bytes.try_into().map_err(|_| said("invalid_argument", &text))
}

pub fn shown(bytes: &[u8]) -> Value {
    if bytes.len() <= SHOWN_MAX {
        return json!(hex(bytes));
    }
    json!({"len": bytes.len(), "sha256": hex(&Sha256::digest(bytes))})
}

/// The map {"b": bin} of so many zero bytes.
pub fn filled(count: usize) -> Bytes {
    let mut map = vec![0x81, 0xa1, b'b'];
    match count {
        0..=0xff => map.extend([0xc4, count as u8]),
        0x100..=0xffff => {
            map.push(0xc5);
            map.extend((count as u16).to_be_bytes());
        }
        _ => {
            map.push(0xc6);
            map.extend((count as u32).to_be_bytes());
        }
    }
    map.resize(map.len() + count, 0);
    map.into()
}

/// `data` of a request: hexadecimal, {"fill": N}, or nothing; or the `value` that is to be encoded.
pub fn data(request: &Value) -> Result<Bytes, Failure> {
    if let Some(value) = request.get("value") {
        let encoded = rmp_serde::to_vec_named(value);
        return encoded.map(Bytes::from).map_err(|why| said("malformed", &why.to_string()));
    }
    match &request["data"] {
        Value::String(text) => Ok(unhex(text)?.into()),
        Value::Object(map) => Ok(filled(map["fill"].as_u64().unwrap_or(0) as usize)),
        _ => Ok(Bytes::new()),
    }
}

/// A chunk: hexadecimal, or {"fill": N} for so many zero bytes.
pub fn chunk(request: &Value) -> Result<Bytes, Failure> {
    match &request["chunk"] {
        Value::Object(map) => Ok(vec![0; map["fill"].as_u64().unwrap_or(0) as usize].into()),
        other => Ok(unhex(other.as_str().unwrap_or_default())?.into()),
    }
}

pub fn text<'a>(request: &'a Value, name: &str) -> &'a str {
    request[name].as_str().unwrap_or_default()
}

pub fn peer(request: &Value) -> Result<Peer, Failure> {
    let peer = &request["peer"];
    let hotkey: Hotkey = text(peer, "hotkey").parse()?;
    Ok(match peer["address"].as_str() {
        Some(address) => Peer::at(hotkey, address)?,
        None => Peer::new(hotkey),
    })
}

/// Settings of a request's data, as the handlers of the suite have them.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Settings {
    pub n: u64,
    pub size: usize,
    pub ms: u64,
}
