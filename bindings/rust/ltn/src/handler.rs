//! Requests as handlers see them, and the way from the library's question to the host's future.
use std::ffi::c_void;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;
use serde::de::DeserializeOwned;

use crate::answering::{Answer, Answering};
use crate::call::decode;
use crate::error::{Code, Error, Result};
use crate::executor::Executor;
use crate::hotkey::Hotkey;
use crate::node::Node;
use crate::op::Op;
use crate::stream::Chunks;

/// A request of a peer that proved its key. Cheap to clone; the peer's place is taken until the last clone is
/// gone.
#[derive(Clone)]
pub struct Request {
    op: Arc<Op>,
    chunks_taken: Arc<AtomicBool>,
}

impl Request {
    pub(crate) fn new(op: Arc<Op>) -> Request {
        Request { op, chunks_taken: Arc::new(AtomicBool::new(false)) }
    }

    /// What the peer sent, one MessagePack map.
    pub fn bytes(&self) -> Result<Bytes> {
        self.op.data()
    }

    /// What the map stands for.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        decode(&self.op.data()?)
    }

    /// The name the peer called.
    pub fn name(&self) -> String {
        self.op.text(sys::LTN_DETAIL_TYPE).unwrap_or_default()
    }

    /// The key the peer proved.
    pub fn hotkey(&self) -> Option<Hotkey> {
        self.op.hotkey()
    }

    /// The peer's address, ip:port.
    pub fn address(&self) -> Option<String> {
        self.op.text(sys::LTN_DETAIL_ADDRESS)
    }

    /// What was left for the whole answer when asked; none without a limit.
    pub fn time_left(&self) -> Option<Duration> {
        self.op.duration(sys::LTN_DETAIL_DEADLINE_NS)
    }

    /// As the caller said; 0 is ordinary.
    pub fn priority(&self) -> i64 {
        self.op.number(sys::LTN_DETAIL_PRIORITY).unwrap_or(0)
    }

    /// Whether the caller still waits. Handlers need not ask: their future is dropped when it does not.
    pub fn wanted(&self) -> bool {
        self.op.status() == sys::LTN_ERR_PENDING
    }

    /// Chunks that follow the request. One reader: the second ask is [`Code::STATE`].
    pub fn chunks(&self) -> Result<Chunks> {
        if self.chunks_taken.swap(true, Ordering::AcqRel) {
            return Err(Error::local(
                Code::STATE,
                "the chunks of this request have a reader already",
            ));
        }
        Ok(Chunks::new(Arc::clone(&self.op)))
    }

    pub(crate) fn op(&self) -> &Arc<Op> {
        &self.op
    }
}

/// A registered handler; the library owns it and drops it.
pub(crate) struct Handler {
    // Strong would be a circle: the server owns its handlers.
    node: Weak<Node>,
    executor: Arc<dyn Executor>,
    name: Arc<str>,
    run: Arc<dyn Fn(Request) -> Answer + Send + Sync>,
}

impl Handler {
    /// Runs `run` for each question. The closure of the host's is called by the executor and not in the
    /// upcall, so that it may take its time, and panic.
    pub(crate) fn new<F, Fut>(
        node: &Arc<Node>,
        executor: &Arc<dyn Executor>,
        name: &str,
        run: F,
    ) -> Handler
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::result::Result<Bytes, crate::BoxError>> + Send + 'static,
    {
        let run = Arc::new(run);
        Handler {
            node: Arc::downgrade(node),
            executor: Arc::clone(executor),
            name: name.into(),
            run: Arc::new(move |request| {
                let run = Arc::clone(&run);
                Box::pin(async move { run(request).await })
            }),
        }
    }

    pub(crate) fn into_user_data(self) -> *mut c_void {
        Box::into_raw(Box::new(self)).cast()
    }
}

/// `user_data` is a `Box<Handler>`.
pub(crate) unsafe extern "C" fn on_question(question: *mut sys::ltn_op, user_data: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let handler = &*user_data.cast::<Handler>();
        let Some(node) = handler.node.upgrade() else {
            // Being freed: freeing the question fails it.
            drop(Op::alone(question));
            return;
        };
        let op = Arc::new(Op::of(node, question));
        let answer = (handler.run)(Request::new(Arc::clone(&op)));
        handler.executor.spawn(Box::pin(Answering::new(op, Arc::clone(&handler.name), answer)));
    }));
}
