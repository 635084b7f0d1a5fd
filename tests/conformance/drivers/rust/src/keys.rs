//! Keys, signers and facts.
use std::time::Duration;

use ltn::{BoxError, Bytes, Hotkey, Identity, Signer, Wallet};
use serde_json::{json, Value};

use crate::driver::{said, Failure, Outcome};
use crate::forms::{array, hex, text, unhex};

/// A function in this program that signs, or does what a broken one does.
struct Callback {
    secret: Identity,
    how: String,
    pause: Duration,
}

impl Signer for Callback {
    fn public_key(&self) -> Hotkey {
        self.secret.hotkey()
    }

    async fn sign(&self, message: Bytes) -> Result<[u8; 64], BoxError> {
        match self.how.as_str() {
            "late" => tokio::time::sleep(self.pause).await,
            "wrong" => return Ok([0xa5; 64]),
            "never" => std::future::pending().await,
            "throws" => panic!("inner secret"),
            _ => {}
        }
        Ok(self.secret.sign(&message)?)
    }
}

pub fn identity(signer: &Value) -> Result<Identity, Failure> {
    if let Some(how) = signer["callback"].as_str() {
        if !["good", "late", "wrong", "never", "throws"].contains(&how) {
            return Err(Failure::Unknown);
        }
        let callback = Callback {
            secret: Identity::from_seed(&array(text(signer, "seed"))?)?,
            how: how.to_owned(),
            pause: Duration::from_millis(signer["ms"].as_u64().unwrap_or(0)),
        };
        let tokio = tokio::runtime::Handle::current();
        return Ok(Identity::from_signer_on(callback, move |task| {
            tokio.spawn(task);
        })?);
    }
    if let Some(root) = signer["wallet"].as_str() {
        let wallet = Wallet::named(root, text(signer, "name"), text(signer, "hotkey_name"))?;
        let wallet = match signer["password"].as_str() {
            Some(password) => wallet.password(password),
            None => wallet,
        };
        return Ok(wallet.open()?);
    }
    if let Some(path) = signer["key_file"].as_str() {
        return Ok(Identity::from_key_file(path)?);
    }
    Ok(Identity::from_seed(&array(text(signer, "seed"))?)?)
}

pub fn hotkey(request: &Value) -> Outcome {
    match request["key"].as_str() {
        Some(key) => Ok(json!({"text": Hotkey::from_bytes(array(key)?).to_string()})),
        None => {
            let hotkey: Hotkey = text(request, "text").parse()?;
            Ok(json!({"key": hex(hotkey.as_bytes())}))
        }
    }
}

pub fn verify(request: &Value) -> Outcome {
    let key = Hotkey::from_bytes(array(text(request, "key"))?);
    let (message, signature) =
        (unhex(text(request, "message"))?, unhex(text(request, "signature"))?);
    Ok(json!({"good": key.verify(&message, &signature).is_ok()}))
}

/// As `ltn-sys` declares it. Rust cannot look a constant up by its name, so its source is read.
pub fn constant(request: &Value) -> Outcome {
    const DECLARED: &str =
        include_str!("../../../../../bindings/rust/ltn-sys/src/bindings/constants.rs");
    let wanted = format!("pub const {}:", text(request, "name"));
    DECLARED
        .lines()
        .find(|line| line.starts_with(&wanted))
        .and_then(|line| line.split_once("= ")?.1.trim_end_matches(';').parse::<i64>().ok())
        .map(|value| json!({"value": value}))
        .ok_or_else(|| said("invalid_argument", "expected the name of a constant"))
}

pub fn versions() -> Outcome {
    // SAFETY: any thread at any time.
    let abi = unsafe { ltn_sys::ltn_abi_version() };
    Ok(json!({"library": ltn::version(), "abi": abi}))
}
