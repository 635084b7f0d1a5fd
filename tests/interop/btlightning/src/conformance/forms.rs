//! Bytes and values as the lines have them. The crate's values are maps without an order, so that bytes are
//! made anew from what it decoded; keys go out in the order in which they came in.

use super::{said, Failure};
use crate::json::Data;
use btlightning::LightningError;
use rmpv::Value;
use serde_json::{json, Value as Json};

const SHOWN_MAX: usize = 4096;

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&sp_core::hashing::sha2_256(bytes))
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .filter_map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
        .collect()
}

pub fn shown(bytes: &[u8]) -> Json {
    if bytes.len() <= SHOWN_MAX {
        return json!(hex(bytes));
    }
    json!({"len": bytes.len(), "sha256": sha256(bytes)})
}

/// What a call sends, and the order of its keys.
pub struct Sent {
    pub data: Data,
    order: Vec<String>,
}

impl Sent {
    pub fn of(request: &Json) -> Result<Sent, Failure> {
        if let Some(value) = request.get("value") {
            let data: Result<Data, _> = crate::json::to_map(&value.to_string());
            return Ok(Sent {
                data: data.map_err(|_| Failure::Unknown)?,
                order: Vec::new(),
            });
        }
        match &request["data"] {
            Json::String(text) => Sent::decoded(&unhex(text)),
            Json::Object(fill) => Ok(Sent::filled(fill["fill"].as_u64().unwrap_or(0) as usize)),
            _ => Ok(Sent {
                data: Data::new(),
                order: Vec::new(),
            }),
        }
    }

    pub fn filled(count: usize) -> Sent {
        Sent {
            data: Data::from([("b".to_string(), Value::Binary(vec![0; count]))]),
            order: vec!["b".to_string()],
        }
    }

    /// The crate takes nothing but maps with texts as keys: there is no way to say the rest.
    fn decoded(mut bytes: &[u8]) -> Result<Sent, Failure> {
        let value = rmpv::decode::read_value(&mut bytes).map_err(|_| Failure::Unknown)?;
        let (Value::Map(pairs), true) = (value, bytes.is_empty()) else {
            return Err(Failure::Unknown);
        };
        let (mut data, mut order) = (Data::new(), Vec::new());
        for (key, value) in pairs {
            let key = key.as_str().ok_or(Failure::Unknown)?.to_string();
            order.push(key.clone());
            data.insert(key, value);
        }
        Ok(Sent { data, order })
    }

    pub fn encode(&self, mut answer: Data) -> Vec<u8> {
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for key in &self.order {
            if let Some(value) = answer.remove(key) {
                pairs.push((Value::from(key.as_str()), value));
            }
        }
        let mut rest: Vec<_> = answer.into_iter().collect();
        rest.sort_by(|one, other| one.0.cmp(&other.0));
        pairs.extend(
            rest.into_iter()
                .map(|(key, value)| (Value::from(key), value)),
        );
        let mut bytes = Vec::new();
        let _ = rmpv::encode::write_value(&mut bytes, &Value::Map(pairs));
        bytes
    }
}

/// The crate's errors have a category and a text; a code only where one of those stands for one alone.
pub fn failed(error: LightningError) -> Failure {
    let text = error.to_string();
    let (code, category) = match &error {
        LightningError::Handler(_) => ("handler", "handler"),
        // The peer's word, not a time that ran out here.
        LightningError::Stream(why) if why == "handler timed out" => ("stream", "stream"),
        LightningError::Stream(why) if why.contains("timed out") => ("deadline", "stream"),
        LightningError::Stream(_) => ("stream", "stream"),
        LightningError::Transport(why) if why.contains("timed out") => ("deadline", "transport"),
        LightningError::Transport(why) if why.contains("exceeds maximum") => {
            ("too_large", "transport")
        }
        LightningError::Transport(why) if why.contains("use query_axon_stream") => {
            ("unexpected_frame", "transport")
        }
        LightningError::Transport(why) if why.starts_with("stream closed after") => {
            ("stream_reset", "transport")
        }
        LightningError::Transport(_) => ("connection_lost", "transport"),
        LightningError::Connection(why) if why.contains("timed out") => {
            ("connect_timeout", "connection")
        }
        LightningError::Connection(_) => ("connect", "connection"),
        LightningError::Handshake(why) if why.contains("hotkey mismatch") => {
            ("hotkey_mismatch", "handshake")
        }
        LightningError::Handshake(_) => ("handshake_rejected", "handshake"),
        LightningError::Signing(_) => ("signer", "signing"),
        LightningError::Serialization(_) => ("malformed", "serialization"),
        LightningError::Config(_) => ("config", "config"),
    };
    said(code, category, &text)
}
