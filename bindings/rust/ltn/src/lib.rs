#![doc = include_str!("../README.md")]
#![warn(missing_docs, unreachable_pub)]
// The functions that C calls are unsafe as a whole; what each relies on is said at its head.
#![allow(unsafe_op_in_unsafe_fn)]

mod answering;
mod buffer;
mod call;
mod client;
mod config;
mod error;
mod events;
pub mod executor;
mod generated;
mod handler;
mod hotkey;
mod identity;
mod metrics;
#[doc = include_str!("../FROM_BTLIGHTNING.md")]
pub mod moving {}
mod node;
mod op;
mod runtime;
mod server;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod wallet;

use std::time::Duration;

pub use bytes::Bytes;
pub use call::{Answer, Call, Connect, Connection, Outgoing, Typed};
pub use client::{Client, Registry};
pub use config::Config;
pub use error::{BoxError, Category, Code, Error, Result};
pub use executor::Executor;
pub use generated::{
    OptionInfo, CLIENT_OPTIONS, CLIENT_OPTION_TABLE, CLIENT_STATS, RUNTIME_OPTIONS,
    RUNTIME_OPTION_TABLE, SERVER_OPTIONS, SERVER_OPTION_TABLE, SERVER_STATS,
};
pub use handler::Request;
pub use hotkey::{Hotkey, Peer, KEY_LEN, SEED_LEN, SIGNATURE_LEN};
pub use identity::{generate_seed, write_key_file, Identity, Signer};
pub use metrics::{Metric, MetricKind, PeerState, Readiness, Source, SourceKind};
pub use node::Closed;
pub use runtime::{Level, Runtime, RuntimeBuilder};
pub use server::Server;
pub use stream::{Chunks, Sender, Sending, Stream};
pub use wallet::{Wallet, WriteOptions};

/// `MAJOR.MINOR.PATCH` of the C library that is loaded.
pub fn version() -> &'static str {
    // SAFETY: any time; the text is static.
    unsafe { error::static_text(ltn_sys::ltn_version()) }
}

/// The application protocol token on the wire, `btlightning`.
pub fn wire_protocol() -> &'static str {
    // SAFETY: any time; the text is static.
    unsafe { error::static_text(ltn_sys::ltn_wire_protocol()) }
}

/// Names and versions of the libraries inside.
pub fn components() -> impl Iterator<Item = (&'static str, &'static str)> {
    (0..).map_while(|index| {
        // SAFETY: any index; the texts are static.
        unsafe {
            let name = ltn_sys::ltn_component_name(index);
            let version = ltn_sys::ltn_component_version(index);
            (!name.is_null()).then(|| (error::static_text(name), error::static_text(version)))
        }
    })
}

/// `None` is without end. Rounded up: a wait of less than a millisecond is no look.
fn millis(timeout: Option<Duration>) -> i64 {
    timeout.map_or(-1, |timeout| {
        let rounded = timeout.as_nanos().div_ceil(1_000_000);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    })
}
