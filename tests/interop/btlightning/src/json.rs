//! MessagePack values as JSON and back, with the `{"$bin": base64}` form of `ltn`; forms that only
//! this program knows: `$ext`, `$f32` and `$map` (for keys that are not text).

use base64::{prelude::BASE64_STANDARD, Engine};
use rmpv::Value;
use serde_json::{json, Map, Number, Value as Json};
use std::collections::HashMap;
use std::io::Write;

pub type Data = HashMap<String, Value>;

/// One line, flushed: the runner waits for it.
pub fn print(line: &Json) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

pub fn from_map(data: &Data) -> Json {
    Json::Object(
        data.iter()
            .map(|(key, value)| (key.clone(), from_value(value)))
            .collect(),
    )
}

pub fn from_value(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(flag) => json!(flag),
        Value::Integer(number) => match number.as_u64() {
            Some(unsigned) => json!(unsigned),
            None => json!(number.as_i64()),
        },
        Value::F32(number) => float(f64::from(*number)),
        Value::F64(number) => float(*number),
        Value::String(text) => match text.as_str() {
            Some(text) => json!(text),
            None => json!({"$bin": BASE64_STANDARD.encode(text.as_bytes())}),
        },
        Value::Binary(bytes) => json!({"$bin": BASE64_STANDARD.encode(bytes)}),
        Value::Array(items) => Json::Array(items.iter().map(from_value).collect()),
        Value::Ext(kind, bytes) => json!({"$ext": [kind, BASE64_STANDARD.encode(bytes)]}),
        Value::Map(pairs) => {
            let mut object = Map::new();
            for (key, value) in pairs {
                match key.as_str() {
                    Some(key) => object.insert(key.to_string(), from_value(value)),
                    None => return spelled_out(pairs),
                };
            }
            Json::Object(object)
        }
    }
}

fn spelled_out(pairs: &[(Value, Value)]) -> Json {
    let pairs: Vec<Json> = pairs
        .iter()
        .map(|(key, value)| json!([from_value(key), from_value(value)]))
        .collect();
    json!({ "$map": pairs })
}

fn float(number: f64) -> Json {
    match Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None => json!(number.to_string()),
    }
}

pub fn to_map(text: &str) -> Result<Data, String> {
    match serde_json::from_str(text).map_err(|why| format!("--data is not JSON: {why}"))? {
        Json::Object(object) => object
            .into_iter()
            .map(|(key, value)| Ok((key, to_value(value)?)))
            .collect(),
        other => Err(format!("--data must be an object, not {other}")),
    }
}

fn to_value(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(flag) => Value::Boolean(flag),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(unsigned), _, _) => Value::from(unsigned),
            (_, Some(signed), _) => Value::from(signed),
            (_, _, float) => Value::F64(float.unwrap_or_default()),
        },
        Json::String(text) => Value::from(text),
        Json::Array(items) => {
            Value::Array(items.into_iter().map(to_value).collect::<Result<_, _>>()?)
        }
        Json::Object(object) => {
            if let (1, Some(Json::String(text))) = (object.len(), object.get("$bin")) {
                let bytes = BASE64_STANDARD
                    .decode(text)
                    .map_err(|why| format!("$bin: {why}"))?;
                return Ok(Value::Binary(bytes));
            }
            if let (1, Some(Json::Number(number))) = (object.len(), object.get("$f32")) {
                return Ok(Value::F32(number.as_f64().unwrap_or_default() as f32));
            }
            Value::Map(
                object
                    .into_iter()
                    .map(|(key, value)| Ok((Value::from(key), to_value(value)?)))
                    .collect::<Result<_, String>>()?,
            )
        }
    })
}
