//! What the tests share: keys made of one repeated byte, and a started pair.
#![allow(dead_code)]
use std::time::Duration;

use ltn::{Client, Error, Identity, Peer, Request, Result, Runtime, Server};

/// Only bounds a failure.
pub const LONG: Duration = Duration::from_secs(20);

pub fn identity(number: u8) -> Identity {
    Identity::from_seed(&[number; 32]).expect("any seed is good")
}

pub struct Rig {
    pub server: Server,
    pub client: Client,
    pub peer: Peer,
}

/// Server 1 with `echo` and whatever `add` adds, client 2, both started.
pub fn start(runtime: &Runtime, add: impl FnOnce(&Server) -> Result<()>) -> Rig {
    let server = Server::on(runtime, &identity(1)).unwrap();
    // Tests connect more often in a minute than a peer has reason to.
    server.set("max_handshake_attempts_per_minute", 100_000).unwrap();
    server.handle_raw("echo", |request: Request| async move { request.bytes() }).unwrap();
    add(&server).unwrap();
    let address = server.start().unwrap();
    let client = Client::on(runtime, &identity(2)).unwrap();
    client.start().unwrap();
    let peer = Peer::at(identity(1).hotkey(), &address).unwrap();
    Rig { server, client, peer }
}

/// {"n": number}
pub fn map(number: u8) -> Vec<u8> {
    assert!(number < 128);
    vec![0x81, 0xa1, b'n', number]
}

pub fn code<T: std::fmt::Debug>(result: Result<T>) -> ltn::Code {
    result.expect_err("expected a failure").code()
}

pub fn failure<T>(text: &str) -> std::result::Result<T, ltn::BoxError> {
    Err(text.into())
}

pub fn never() -> std::result::Result<Vec<u8>, Error> {
    unreachable!("nobody gets here")
}
