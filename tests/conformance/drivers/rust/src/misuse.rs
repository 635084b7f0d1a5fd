//! Wrong uses of the interface: those that the compiler lets through.
use std::time::Duration;

use ltn::{Client, Hotkey, Identity, Outgoing, Peer, Server};
use serde::{Serialize, Serializer};
use serde_json::{json, Value};

use crate::driver::{Driver, Failure, Outcome};
use crate::forms::{self, text};

/// A value that MessagePack has no words for.
struct Unsaid;

impl Serialize for Unsaid {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no words for it"))
    }
}

async fn done(outgoing: Outgoing<'_>) -> Outcome {
    outgoing.call()?.await?;
    Ok(json!({}))
}

pub async fn wrong(driver: &Driver, request: &Value) -> Outcome {
    let what = text(request, "what");
    match what {
        "option_unknown" | "option_value" | "listen_bad" => return setting(driver, what),
        "hotkey_bad" => {
            let hotkey: Hotkey = "not a hotkey".parse()?;
            return Ok(json!({"hotkey": hotkey.to_string()}));
        }
        _ => {}
    }
    let client = driver.client(request)?;
    let mut peer = forms::peer(request)?;
    match what {
        "address_bad" => peer = Peer::at(peer.hotkey(), "nowhere")?,
        "type_long" => return done(client.request(&peer, &"a".repeat(65_536))).await,
        _ => {}
    }
    let outgoing = client.request(&peer, "echo");
    match what {
        "address_bad" => done(outgoing).await,
        "timeout_huge" => done(outgoing.timeout(Duration::MAX)).await,
        "data_list" => done(outgoing.data(&[1, 2, 3])?).await,
        "data_unencodable" => done(outgoing.data(&Unsaid)?).await,
        _ => Err(Failure::Unknown),
    }
}

/// On a client or server of its own.
fn setting(driver: &Driver, what: &str) -> Outcome {
    let identity = Identity::from_seed(&[42; 32])?;
    match what {
        "option_unknown" => {
            Client::on(&driver.runtime, &identity)?.set("no_such_option", 1)?;
        }
        "option_value" => {
            Server::on(&driver.runtime, &identity)?.set("max_connections", "many")?;
        }
        _ => {
            let server = Server::on(&driver.runtime, &identity)?;
            server.set("listen", "300.1.1.1:1")?.start()?;
        }
    }
    Ok(json!({}))
}
