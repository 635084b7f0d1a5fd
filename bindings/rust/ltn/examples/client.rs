//! Calls a peer by its key and prints what it answers:
//!
//!     client SEED HOST:PORT HOTKEY [TEXT]
//!
//! SEED is 64 hexadecimal digits. HOTKEY says who has to answer: a server that cannot prove this key never
//! sees the request.
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use ltn::{Client, Identity, Peer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, seed, address, hotkey, rest @ ..] = &arguments[..] else {
        return Err("usage: client SEED HOST:PORT HOTKEY [TEXT]".into());
    };
    let text = rest.first().map_or("hello", String::as_str);

    let client = Client::new(&Identity::from_seed(&parse_seed(seed)?)?)?;
    client.start()?;

    // The call dials the address on its own when there is no connection yet.
    let peer = Peer::at(hotkey.parse()?, address)?;
    let request = BTreeMap::from([("text", text)]);
    let call =
        client.request(&peer, "echo").data(&request)?.timeout(Duration::from_secs(5)).call()?;

    // `call.await` in a task of any executor; here this thread does the network work itself.
    let answer: BTreeMap<String, String> = call.wait()?.decode()?;
    println!("answer: {}", answer["text"]);

    client.stop()?; // says goodbye to the peer
    client.wait(Some(Duration::from_secs(1)))?;
    Ok(())
}

fn parse_seed(hex: &str) -> Result<[u8; 32], Box<dyn Error>> {
    let mut seed = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return Err("a seed: expected 64 hexadecimal digits".into());
    }
    for (index, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16)?;
    }
    Ok(seed)
}
