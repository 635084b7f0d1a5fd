//! Answers peers until its input ends, then lets running requests finish:
//!
//!     server [IP:PORT]
use std::error::Error;
use std::io::Read;
use std::time::Duration;

use ltn::{Identity, Request, Sender, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::args().nth(1).unwrap_or("127.0.0.1:0".into());
    // A real program reads a key file, see Identity::from_key_file and Wallet.
    let identity = Identity::from_seed(&ltn::generate_seed()?)?;

    let server = Server::new(&identity)?;
    server.set("listen", listen)?;
    // Handlers are async closures; a few threads of the crate poll them unless Server::with names an executor.
    server.handle_raw("echo", |request: Request| async move { request.bytes() })?;
    server.handle_stream("count", |_request, out: Sender| async move {
        for number in 1..=5 {
            out.send(format!("{number}")).await?; // waits while the reader is behind
        }
        ltn::Result::Ok(())
    })?;
    let address = server.start()?;
    println!("{address} {}", identity.hotkey());

    std::io::stdin().read_to_end(&mut Vec::new())?;
    server.stop_draining(Duration::from_secs(5))?;
    server.wait(Some(Duration::from_secs(10)))?;
    Ok(())
}
