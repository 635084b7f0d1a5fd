//! Answers peers that proved their key.
use std::collections::BTreeMap;
use std::ffi::{c_char, c_void};
use std::fmt::Display;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::buffer::destroy_box;
use crate::call::encode;
use crate::config::Config;
use crate::error::{c_text, check, check_status, copied_text, BoxError, Code, Error, Result};
use crate::executor::{Executor, Inline, Pool};
use crate::generated::SERVER_STATS;
use crate::handler::{on_question, Handler, Request};
use crate::hotkey::{Hotkey, KEY_LEN};
use crate::identity::Identity;
use crate::metrics::{take_sources, Metric, PeerState, Source};
use crate::millis;
use crate::node::{Closed, Node, Raw};
use crate::runtime::{Drive, Runtime};
use crate::stream::Sender;

/// A server. Dropping it stops it and drops the futures of its handlers; to let them finish, see
/// [`stop_draining`](Server::stop_draining) and [`closed`](Server::closed).
pub struct Server {
    node: Arc<Node>,
    executor: Arc<dyn Executor>,
}

type Answered<T, E> = std::result::Result<T, E>;

impl Server {
    /// On the runtime of this process; handlers are polled by threads of this crate's.
    pub fn new(identity: &Identity) -> Result<Server> {
        Server::on(&Runtime::shared()?, identity)
    }

    /// On this runtime.
    pub fn on(runtime: &Runtime, identity: &Identity) -> Result<Server> {
        // Other threads would leave a virtual run to chance.
        if runtime.drive() == Drive::Virtual {
            return Server::with(runtime, identity, Inline::new());
        }
        let pool = Pool::shared().map_err(|why| Error::local(Code::IO, why.to_string()))?;
        Server::with(runtime, identity, pool)
    }

    /// On this runtime; handlers are polled by the host's executor.
    pub fn with(runtime: &Runtime, identity: &Identity, executor: impl Executor) -> Result<Server> {
        Ok(Server { node: Node::server(runtime, identity)?, executor: Arc::new(executor) })
    }

    fn raw(&self) -> *mut sys::ltn_server {
        let Raw::Server(server) = self.node.raw() else { unreachable!("made as a server") };
        server
    }

    /// An option of the table "server" in docs/options.md, `listen` among them; after
    /// [`start`](Server::start) those that change at any time.
    pub fn set(&self, name: &str, value: impl Display) -> Result<&Server> {
        self.node.set(name, &value).map(|()| self)
    }

    /// Sets what code has not set. Before [`start`](Server::start).
    pub fn config(&self, config: &Config) -> Result<&Server> {
        self.node.set_config(config).map(|()| self)
    }

    /// Answers requests named `name`: the map decoded, what the future gives encoded. An error or a panic
    /// is told to `tracing` (target `ltn::handler`) and to the runtime's log; the peer reads a generic text.
    /// The future is dropped when nobody waits for it any more.
    pub fn handle<T, R, E, F, Fut>(&self, name: &str, handler: F) -> Result<()>
    where
        F: Fn(Request, T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<R, E>> + Send + 'static,
        T: DeserializeOwned + Send,
        R: Serialize + Send,
        E: Into<BoxError>,
    {
        let handler = Arc::new(handler);
        self.register(Some(name), false, move |request: Request| {
            let handler = Arc::clone(&handler);
            async move {
                let data = request.decode::<T>()?;
                let answer = handler(request, data).await.map_err(Into::into)?;
                Ok(encode(&answer)?)
            }
        })
    }

    /// The same with MessagePack bytes: [`Request::bytes`] in, one map out (empty: the empty map).
    pub fn handle_raw<B, E, F, Fut>(&self, name: &str, handler: F) -> Result<()>
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        self.register_raw(Some(name), handler)
    }

    /// Answers what no other name fits; [`Request::name`] says what was called.
    pub fn handle_others<B, E, F, Fut>(&self, handler: F) -> Result<()>
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        self.register_raw(None, handler)
    }

    fn register_raw<B, E, F, Fut>(&self, name: Option<&str>, handler: F) -> Result<()>
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        self.register(name, false, move |request| {
            let answer = handler(request);
            async move { answer.await.map(Into::into).map_err(Into::into) }
        })
    }

    /// Answers requests named `name` with chunks; the stream ends when the future does.
    pub fn handle_stream<E, F, Fut>(&self, name: &str, handler: F) -> Result<()>
    where
        F: Fn(Request, Sender) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.register(Some(name), true, move |request: Request| {
            let sender = Sender::new(Arc::clone(request.op()));
            let answer = handler(request, sender);
            async move { answer.await.map(|()| Bytes::new()).map_err(Into::into) }
        })
    }

    fn register<F, Fut>(&self, name: Option<&str>, stream: bool, run: F) -> Result<()>
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<Bytes, BoxError>> + Send + 'static,
    {
        let text = name.map(|name| c_text("a handler's name", name)).transpose()?;
        let text = text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        let add = if stream { sys::ltn_server_handle_stream } else { sys::ltn_server_handle };
        let handler = Handler::new(&self.node, &self.executor, name.unwrap_or("*"), run);
        let user_data = handler.into_user_data();
        // SAFETY: the box is the library's from here, also on failure (R3).
        check(|error| unsafe {
            add(
                self.raw(),
                text,
                0,
                Some(on_question),
                user_data,
                Some(destroy_box::<Handler>),
                error,
            )
        })
    }

    /// Takes a name away; requests under way go on. False when there was none.
    pub fn unhandle(&self, name: &str) -> Result<bool> {
        let name = c_text("a handler's name", name)?;
        // SAFETY: alive, any thread.
        match unsafe { sys::ltn_server_unhandle(self.raw(), name.as_ptr()) } {
            sys::LTN_ERR_EMPTY => Ok(false),
            status => check_status(status, "unhandle").map(|()| true),
        }
    }

    /// Who may connect, with `require_validator_permit`. Replaces the last set.
    pub fn set_permits(&self, hotkeys: &[Hotkey]) -> Result<()> {
        let keys = joined(hotkeys);
        // SAFETY: `count` keys one after another, copied.
        check(|error| unsafe {
            sys::ltn_server_set_permits(self.raw(), keys.as_ptr(), hotkeys.len(), error)
        })
    }

    /// Asks for that set at start and every `validator_permit_refresh_ms`. After an error the last set stays.
    /// Before [`start`](Server::start).
    pub fn resolve_permits<E, F, Fut>(&self, resolver: F) -> Result<()>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<Vec<Hotkey>, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let run = move |_| {
            let answer = resolver();
            async move {
                let hotkeys = answer.await.map_err(Into::into)?;
                Ok(Bytes::from(joined(&hotkeys)))
            }
        };
        self.resolve(sys::ltn_server_resolve_permits, "permits", run)
    }

    /// From where peers may connect, with `enforce_source_allowlist`: `bypass`, or addresses and prefixes
    /// between spaces, commas or line ends; what has `!` before it is blocked.
    pub fn set_sources(&self, sources: &str) -> Result<()> {
        let sources = c_text("sources", sources)?;
        // SAFETY: terminated, copied.
        check(|error| unsafe { sys::ltn_server_set_sources(self.raw(), sources.as_ptr(), error) })
    }

    /// Asks for that text as [`resolve_permits`](Server::resolve_permits) does.
    pub fn resolve_sources<E, F, Fut>(&self, resolver: F) -> Result<()>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let run = move |_| {
            let answer = resolver();
            async move { answer.await.map(Bytes::from).map_err(Into::into) }
        };
        self.resolve(sys::ltn_server_resolve_sources, "sources", run)
    }

    fn resolve<F, Fut>(&self, ask: Ask, name: &str, run: F) -> Result<()>
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answered<Bytes, BoxError>> + Send + 'static,
    {
        self.node.setting_up(|| {
            let handler = Handler::new(&self.node, &self.executor, name, run);
            let user_data = handler.into_user_data();
            // SAFETY: the box is the library's from here, also on failure (R3).
            check(|error| unsafe {
                ask(
                    self.raw(),
                    0,
                    Some(on_question),
                    user_data,
                    Some(destroy_box::<Handler>),
                    error,
                )
            })
        })
    }

    /// Told of every accepted handshake, repeats included, with the peer's address, on the loop's thread.
    /// Before [`start`](Server::start).
    pub fn observe(&self, observe: impl Fn(Hotkey, &str) + Send + Sync + 'static) -> Result<()> {
        let observe: Observe = Box::new(observe);
        self.node.setting_up(|| {
            let user_data = Box::into_raw(Box::new(observe)).cast::<c_void>();
            // SAFETY: the box is the library's from here, also on failure (R3).
            let status = unsafe {
                sys::ltn_server_observe(
                    self.raw(),
                    Some(on_observe),
                    user_data,
                    Some(destroy_box::<Observe>),
                )
            };
            check_status(status, "observe")
        })
    }

    /// Where peers come from: what was listed or blocked, and what handshakes taught.
    pub fn sources(&self) -> Result<Vec<Source>> {
        let mut list = std::ptr::null_mut();
        // SAFETY: any thread; the list is given.
        check(|error| unsafe { sys::ltn_server_sources(self.raw(), &mut list, error) })?;
        // SAFETY: given just now.
        Ok(unsafe { take_sources(list) })
    }

    /// Tells what an earlier run has learned.
    pub fn learn_source(&self, hotkey: Hotkey, prefix: &str, age: Duration) -> Result<()> {
        let prefix = c_text("a prefix", prefix)?;
        // SAFETY: all alive for the call.
        check(|error| unsafe {
            sys::ltn_server_learn_source(
                self.raw(),
                hotkey.as_bytes().as_ptr(),
                prefix.as_ptr(),
                millis(Some(age)),
                error,
            )
        })
    }

    /// Binds, and starts the self-test of the signer. The bound address comes back, `ip:port`.
    pub fn start(&self) -> Result<String> {
        self.node.start()?;
        self.address()
    }

    /// The bound address. [`Code::STATE`] before start.
    pub fn address(&self) -> Result<String> {
        // An IPv6 address with scope and port is shorter.
        let mut text = [0u8; 128];
        let mut len = 0;
        // SAFETY: the text is as large as said.
        let status = unsafe {
            sys::ltn_server_address(
                self.raw(),
                text.as_mut_ptr().cast::<c_char>(),
                text.len(),
                &mut len,
            )
        };
        check_status(status, "address")?;
        Ok(String::from_utf8_lossy(&text[..len.min(text.len())]).into_owned())
    }

    /// Peers that are connected and proved.
    pub fn peers(&self) -> Result<Vec<PeerState>> {
        self.node.peers()
    }

    /// Closes peers that sent no request for longer than this; says how many.
    pub fn sweep(&self, idle: Duration) -> Result<u64> {
        let mut count = 0;
        // SAFETY: alive, any thread.
        check_status(
            unsafe { sys::ltn_server_sweep(self.raw(), &mut count, millis(Some(idle))) },
            "sweep",
        )?;
        Ok(count)
    }

    /// One counter of docs/options.md.
    pub fn stat(&self, name: &str) -> Result<u64> {
        self.node.stat(name)
    }

    /// All counters.
    pub fn stats(&self) -> Result<BTreeMap<String, u64>> {
        self.node.stats(SERVER_STATS)
    }

    /// Everything that is counted, with histograms.
    pub fn metrics(&self) -> Result<Vec<Metric>> {
        self.node.metrics()
    }

    /// What the original's `get_connection_stats` gives.
    pub fn connection_stats(&self) -> Result<BTreeMap<String, String>> {
        self.node.connection_stats()
    }

    /// Withdraws what is running (after `drain_timeout_ms`, an option) and closes. Never blocks.
    pub fn stop(&self) -> Result<()> {
        self.node.stop()
    }

    /// Lets running requests finish for up to `drain`, then closes. Never blocks.
    pub fn stop_draining(&self, drain: Duration) -> Result<()> {
        self.set("drain_timeout_ms", millis(Some(drain)))?;
        self.stop()
    }

    /// Stops; ready once closed.
    pub fn close(&self) -> Result<Closed> {
        self.stop()?;
        Ok(self.closed())
    }

    /// Ready once closed; the error says that the signer failed at start.
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

impl Drop for Server {
    fn drop(&mut self) {
        self.node.abandon();
    }
}

type Ask = unsafe extern "C" fn(
    *mut sys::ltn_server,
    u64,
    sys::ltn_question_fn,
    *mut c_void,
    sys::ltn_destroy_fn,
    *mut sys::ltn_error,
) -> sys::ltn_status;

type Observe = Box<dyn Fn(Hotkey, &str) + Send + Sync>;

fn joined(hotkeys: &[Hotkey]) -> Vec<u8> {
    hotkeys.iter().flat_map(|hotkey| *hotkey.as_bytes()).collect()
}

/// `user_data` is a `Box<Observe>`.
unsafe extern "C" fn on_observe(
    key: *const u8,
    _hotkey: *const c_char,
    address: *const c_char,
    user_data: *mut c_void,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let mut bytes = [0; KEY_LEN];
        bytes.copy_from_slice(std::slice::from_raw_parts(key, KEY_LEN));
        let observe = &*user_data.cast::<Observe>();
        observe(Hotkey::from_bytes(bytes), &copied_text(address).unwrap_or_default());
    }));
}
