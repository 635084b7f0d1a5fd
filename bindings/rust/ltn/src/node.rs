//! What a client and a server have in common: the handle, its events, starting, stopping, numbers.
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use ltn_sys as sys;

use crate::buffer::destroy_box;
use crate::config::Config;
use crate::error::{c_text, check, check_status, Code, Error, Result};
use crate::events::{on_event, Events};
use crate::identity::Identity;
use crate::metrics::{self, Metric, PeerState};
use crate::millis;
use crate::runtime::Runtime;

#[derive(Clone, Copy)]
pub(crate) enum Raw {
    Client(*mut sys::ltn_client),
    Server(*mut sys::ltn_server),
}

/// One function of the header for each of the two.
macro_rules! both {
    ($node:expr, $client:ident, $server:ident $(, $argument:expr)*) => {
        match $node.raw {
            Raw::Client(raw) => sys::$client(raw $(, $argument)*),
            Raw::Server(raw) => sys::$server(raw $(, $argument)*),
        }
    };
}

/// Kept alive by every handle and operation that hangs on it, and freed with the last of them: freeing it
/// earlier would mute the events that they wait for.
pub(crate) struct Node {
    raw: Raw,
    pub(crate) events: Option<Arc<Events>>,
    // The header allows one thread at a time before start, any after.
    setup: Mutex<()>,
    started: AtomicBool,
    abandoned: AtomicBool,
    runtime: Runtime,
}

// SAFETY: after start the header allows every function used here from any thread; before, `setup` admits
// one at a time.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

impl Node {
    pub(crate) fn client(
        runtime: &Runtime,
        identity: &Identity,
        events: bool,
    ) -> Result<Arc<Node>> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: runtime and signer are alive; both are kept by the library.
        check(|error| unsafe {
            sys::ltn_client_new(&mut raw, runtime.raw(), identity.raw(), error)
        })?;
        Node::with(Raw::Client(raw), runtime, events)
    }

    pub(crate) fn server(runtime: &Runtime, identity: &Identity) -> Result<Arc<Node>> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: as above.
        check(|error| unsafe {
            sys::ltn_server_new(&mut raw, runtime.raw(), identity.raw(), error)
        })?;
        Node::with(Raw::Server(raw), runtime, true)
    }

    fn with(raw: Raw, runtime: &Runtime, events: bool) -> Result<Arc<Node>> {
        let events = events.then(|| Arc::new(Events::default()));
        let node = Arc::new(Node {
            raw,
            events,
            setup: Mutex::new(()),
            started: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            runtime: runtime.clone(),
        });
        if let Some(events) = &node.events {
            let user_data = Box::into_raw(Box::new(Arc::clone(events))).cast::<c_void>();
            let destroy: sys::ltn_destroy_fn = Some(destroy_box::<Arc<Events>>);
            // SAFETY: the box is the library's from here, also on failure (R3).
            let status = unsafe {
                both!(
                    node,
                    ltn_client_deliver_upcall,
                    ltn_server_deliver_upcall,
                    Some(on_event),
                    user_data,
                    destroy
                )
            };
            check_status(status, "events could not be delivered")?;
        }
        Ok(node)
    }

    pub(crate) fn raw(&self) -> Raw {
        self.raw
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Runs what only one thread at a time may do before start. Never waits: an upcall may be asking.
    pub(crate) fn setting_up<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.started.load(Ordering::Acquire) {
            return run();
        }
        let Ok(_guard) = self.setup.try_lock() else {
            let text = "another thread is setting this up or starting it";
            return Err(Error::local(Code::STATE, text));
        };
        run()
    }

    pub(crate) fn set(&self, name: &str, value: &dyn Display) -> Result<()> {
        let name = c_text("an option's name", name)?;
        let value = c_text("an option's value", &value.to_string())?;
        let (name, value) = (name.as_ptr(), value.as_ptr());
        // SAFETY: both are terminated and copied.
        self.setting_up(|| {
            check(|error| unsafe {
                both!(self, ltn_client_set, ltn_server_set, name, value, error)
            })
        })
    }

    pub(crate) fn set_config(&self, config: &Config) -> Result<()> {
        let config = config.raw();
        // SAFETY: alive for the call, nothing is kept.
        self.setting_up(|| {
            check(|error| unsafe {
                both!(self, ltn_client_set_config, ltn_server_set_config, config, error)
            })
        })
    }

    pub(crate) fn start(&self) -> Result<()> {
        self.setting_up(|| {
            // SAFETY: one thread at a time by the guard.
            check(|error| unsafe { both!(self, ltn_client_start, ltn_server_start, error) })?;
            self.started.store(true, Ordering::Release);
            Ok(())
        })
    }

    pub(crate) fn stop(&self) -> Result<()> {
        // SAFETY: any thread, any time.
        check_status(unsafe { both!(self, ltn_client_stop, ltn_server_stop) }, "stop")
    }

    /// Nobody holds the server any more. Its handlers keep it alive, and each other's wakers them: where the
    /// loop is not stepped any further, no event would ever end that, so they are told here.
    pub(crate) fn abandon(&self) {
        let _ = self.stop();
        self.abandoned.store(true, Ordering::SeqCst);
        if let Some(events) = &self.events {
            events.wake_all();
        }
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }

    /// Blocks until closed: false after the timeout, `None` is without end.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: any thread.
        let status = unsafe { both!(self, ltn_client_wait, ltn_server_wait, millis(timeout)) };
        match status {
            sys::LTN_ERR_PENDING => Ok(false),
            status => check_status(status, "wait").map(|()| true),
        }
    }

    pub(crate) fn stat(&self, name: &str) -> Result<u64> {
        let text = c_text("a statistic's name", name)?;
        let mut value = 0;
        // SAFETY: any thread.
        let status =
            unsafe { both!(self, ltn_client_stat, ltn_server_stat, &mut value, text.as_ptr()) };
        check_status(status, name)?;
        Ok(value)
    }

    pub(crate) fn stats(&self, names: &[&str]) -> Result<BTreeMap<String, u64>> {
        names.iter().map(|name| Ok(((*name).to_owned(), self.stat(name)?))).collect()
    }

    pub(crate) fn metrics(&self) -> Result<Vec<Metric>> {
        let mut picture = std::ptr::null_mut();
        // SAFETY: any thread; the picture is given.
        check(|error| unsafe {
            both!(self, ltn_client_metrics, ltn_server_metrics, &mut picture, error)
        })?;
        // SAFETY: given just now.
        Ok(unsafe { metrics::take_metrics(picture) })
    }

    pub(crate) fn peers(&self) -> Result<Vec<PeerState>> {
        let mut list = std::ptr::null_mut();
        // SAFETY: any thread; the list is given.
        check(|error| unsafe {
            both!(self, ltn_client_peers, ltn_server_peers, &mut list, error)
        })?;
        // SAFETY: given just now.
        Ok(unsafe { metrics::take_peers(list) })
    }

    pub(crate) fn connection_stats(&self) -> Result<BTreeMap<String, String>> {
        let mut map = std::ptr::null_mut();
        // SAFETY: any thread; the map is given.
        check(|error| unsafe {
            both!(self, ltn_client_connection_stats, ltn_server_connection_stats, &mut map, error)
        })?;
        // SAFETY: given just now.
        Ok(unsafe { metrics::take_text_map(map) })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // SAFETY: the last reference. May run inside a destroy function, where a free is all that is allowed.
        unsafe { both!(self, ltn_client_free, ltn_server_free) }
    }
}

/// Ready once the client or server has closed; the error says that its signer failed at start.
pub struct Closed(pub(crate) Arc<Node>);

impl Future for Closed {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(events) = &self.0.events else {
            let text = "a client made for waiting has no futures; use wait";
            return Poll::Ready(Err(Error::local(Code::STATE, text)));
        };
        match events.closed(context) {
            Some(None) => Poll::Ready(Ok(())),
            Some(Some(why)) => Poll::Ready(Err(why)),
            // One that never started closes without an event.
            None => match self.0.wait(Some(Duration::ZERO)) {
                Ok(true) => Poll::Ready(events.why().map_or(Ok(()), Err)),
                _ => Poll::Pending,
            },
        }
    }
}
