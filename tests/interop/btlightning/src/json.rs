//! MessagePack values as JSON and back, with the forms of `ltn` for what JSON cannot say:
//! `$bin`, `$ext`, `$str` (text that is no UTF-8), `$float` and `$map` (for keys that are not text).

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
            None => json!({"$str": BASE64_STANDARD.encode(text.as_bytes())}),
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
        None => json!({"$float": number.to_string().to_lowercase()}),
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
            if object.len() == 1 {
                if let Some(special) = object.iter().find_map(|(key, value)| special(key, value)) {
                    return special;
                }
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

fn special(form: &str, value: &Json) -> Option<Result<Value, String>> {
    let bytes = |value: &Json| {
        let text = value
            .as_str()
            .ok_or_else(|| format!("{form} wants Base64"))?;
        BASE64_STANDARD
            .decode(text)
            .map_err(|why| format!("{form}: {why}"))
    };
    let pair = |value: &Json| match value.as_array().map(Vec::as_slice) {
        Some([first, second]) => Ok((first.clone(), second.clone())),
        _ => Err(format!("{form} wants a pair")),
    };
    Some(match form {
        "$bin" => bytes(value).map(Value::Binary),
        "$ext" => pair(value).and_then(|(kind, data)| {
            let kind = kind.as_i64().and_then(|kind| i8::try_from(kind).ok());
            let kind = kind.ok_or("$ext wants a type of -128 to 127")?;
            Ok(Value::Ext(kind, bytes(&data)?))
        }),
        "$float" => match value.as_str().map(str::parse) {
            Some(Ok(number)) => Ok(Value::F64(number)),
            _ => Err("$float wants inf, -inf or nan".to_string()),
        },
        "$map" => value.as_array().into_iter().flatten().map(pair).try_fold(
            Value::Map(Vec::new()),
            |mut map, entry| {
                let (key, value) = entry?;
                if let Value::Map(pairs) = &mut map {
                    pairs.push((to_value(key)?, to_value(value)?));
                }
                Ok(map)
            },
        ),
        _ => return None,
    })
}
