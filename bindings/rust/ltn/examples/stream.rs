//! Reads a stream of chunks, here with tokio; any executor does:
//!
//!     stream HOST:PORT HOTKEY
use std::error::Error;

use futures_util::TryStreamExt;
use ltn::{Client, Identity, Peer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, hotkey] = &arguments[..] else {
        return Err("usage: stream HOST:PORT HOTKEY".into());
    };
    let client = Client::new(&Identity::from_seed(&ltn::generate_seed()?)?)?;
    client.start()?;

    let peer = Peer::at(hotkey.parse()?, address)?;
    let mut chunks = client.request(&peer, "count").open()?;
    // Reading is what lets the peer send more. Dropping `chunks` early would cancel the request there.
    while let Some(chunk) = chunks.try_next().await? {
        println!("chunk: {}", String::from_utf8_lossy(&chunk));
    }
    client.close()?.await?;
    Ok(())
}
