//! Calls peers by their key.
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::call::{Call, Connect, Outgoing, Typed};
use crate::config::Config;
use crate::error::{c_text, check, Result};
use crate::generated::CLIENT_STATS;
use crate::hotkey::{Hotkey, Peer};
use crate::identity::Identity;
use crate::metrics::{Metric, PeerState};
use crate::node::{Closed, Node, Raw};
use crate::op::Op;
use crate::runtime::Runtime;
use crate::stream::Stream;

/// A client. Cheap to clone; lives until the last clone and the last of its calls are gone.
#[derive(Clone)]
pub struct Client {
    node: Arc<Node>,
}

impl Client {
    /// On the runtime of this process.
    pub fn new(identity: &Identity) -> Result<Client> {
        Client::on(&Runtime::shared()?, identity)
    }

    /// On this runtime.
    pub fn on(runtime: &Runtime, identity: &Identity) -> Result<Client> {
        Ok(Client { node: Node::client(runtime, identity, true)? })
    }

    /// One whose calls are waited for and never polled: no event is made for them, which is the quickest
    /// for programs without futures. Its futures answer [`Code::STATE`](crate::Code::STATE).
    pub fn waiting_on(runtime: &Runtime, identity: &Identity) -> Result<Client> {
        Ok(Client { node: Node::client(runtime, identity, false)? })
    }

    /// An option of the table "client" in docs/options.md; after [`start`](Client::start) those that change
    /// at any time.
    pub fn set(&self, name: &str, value: impl Display) -> Result<&Client> {
        self.node.set(name, &value).map(|()| self)
    }

    /// Sets what code has not set. Before [`start`](Client::start).
    pub fn config(&self, config: &Config) -> Result<&Client> {
        self.node.set_config(config).map(|()| self)
    }

    /// Opens the sockets and starts the self-test of the signer. Calls are accepted at once.
    pub fn start(&self) -> Result<()> {
        self.node.start()
    }

    /// A request, to be filled in.
    pub fn request<'a>(&'a self, peer: &'a Peer, name: &'a str) -> Outgoing<'a> {
        Outgoing::new(&self.node, peer, name)
    }

    /// Calls `name` at the peer with a map, and decodes the map that comes back. It is sent when this
    /// returns, not when it is first polled.
    pub fn call<T, R>(&self, peer: &Peer, name: &str, data: &T) -> Typed<R>
    where
        T: Serialize + ?Sized,
        R: DeserializeOwned,
    {
        Typed::new(self.request(peer, name).data(data).and_then(Outgoing::call))
    }

    /// The same with MessagePack bytes, one map.
    pub fn call_raw(&self, peer: &Peer, name: &str, data: impl Into<Bytes>) -> Result<Call> {
        self.request(peer, name).raw(data).call()
    }

    /// Calls `name` at the peer, and reads a stream of chunks.
    pub fn stream<T>(&self, peer: &Peer, name: &str, data: &T) -> Result<Stream>
    where
        T: Serialize + ?Sized,
    {
        self.request(peer, name).data(data)?.open()
    }

    /// Reaches and authenticates a peer without a request.
    pub fn connect(&self, peer: &Peer, timeout: Option<Duration>) -> Result<Connect> {
        self.request(peer, "").timeout(timeout).connect()
    }

    /// The complete list of peers that are to be kept connected, replacing the last one. Each entry has an
    /// outcome of its own.
    pub fn registry_set<'a, I>(&self, entries: I) -> Result<Registry>
    where
        I: IntoIterator<Item = (Hotkey, &'a str)>,
    {
        let texts = entries
            .into_iter()
            .map(|(hotkey, address)| {
                Ok((c_text("a hotkey", &hotkey.to_string())?, c_text("an address", address)?))
            })
            .collect::<Result<Vec<(CString, CString)>>>()?;
        let entries: Vec<sys::ltn_registry_entry> = texts
            .iter()
            .map(|(hotkey, address)| sys::ltn_registry_entry {
                hotkey: hotkey.as_ptr(),
                address: address.as_ptr(),
            })
            .collect();
        let Raw::Client(client) = self.node.raw() else { unreachable!("made as a client") };
        let mut op = std::ptr::null_mut();
        // SAFETY: entries and their texts live for the call; the operation is given.
        check(|error| unsafe {
            sys::ltn_client_registry_set(
                client,
                &mut op,
                entries.as_ptr(),
                entries.len(),
                std::mem::size_of::<sys::ltn_registry_entry>(),
                error,
            )
        })?;
        // SAFETY: given just now by this client.
        let op = unsafe { Op::of(Arc::clone(&self.node), op) };
        Ok(Registry { op, count: entries.len() })
    }

    /// A picture of all peers at one moment.
    pub fn peers(&self) -> Result<Vec<PeerState>> {
        self.node.peers()
    }

    /// One counter of docs/options.md.
    pub fn stat(&self, name: &str) -> Result<u64> {
        self.node.stat(name)
    }

    /// All counters.
    pub fn stats(&self) -> Result<BTreeMap<String, u64>> {
        self.node.stats(CLIENT_STATS)
    }

    /// Everything that is counted, with histograms.
    pub fn metrics(&self) -> Result<Vec<Metric>> {
        self.node.metrics()
    }

    /// What the original's `get_connection_stats` gives.
    pub fn connection_stats(&self) -> Result<BTreeMap<String, String>> {
        self.node.connection_stats()
    }

    /// Ends what is outstanding with [`Code::SHUTDOWN`](crate::Code::SHUTDOWN). Never blocks.
    pub fn stop(&self) -> Result<()> {
        self.node.stop()
    }

    /// Stops; ready once closed.
    pub fn close(&self) -> Result<Closed> {
        self.stop()?;
        Ok(self.closed())
    }

    /// Ready once closed.
    pub fn closed(&self) -> Closed {
        Closed(Arc::clone(&self.node))
    }

    /// Blocks until closed: false after the timeout.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.node.wait(timeout)
    }

    /// What it runs on.
    pub fn runtime(&self) -> &Runtime {
        self.node.runtime()
    }
}

/// An update of the registry: a future of each entry's outcome, in the order given. Dropping it does not
/// take the update back, unless it still waits for an earlier one.
pub struct Registry {
    op: Op,
    count: usize,
}

impl Registry {
    /// Blocks until every entry has its outcome.
    pub fn wait(self) -> Result<Vec<Result<()>>> {
        self.op.wait(None)?;
        outcomes(&self.op, self.op.status(), self.count)
    }
}

impl Future for Registry {
    type Output = Result<Vec<Result<()>>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.op.poll_status(context).map(|status| outcomes(&self.op, status?, self.count))
    }
}

fn outcomes(op: &Op, status: i32, count: usize) -> Result<Vec<Result<()>>> {
    // CANCELLED is an update that was replaced by a newer one; otherwise the entries say it all.
    if status != sys::LTN_OK && (count == 0 || status == sys::LTN_ERR_CANCELLED) {
        return Err(op.error(status));
    }
    Ok((0..count).map(|index| op.outcome(index)).collect())
}
