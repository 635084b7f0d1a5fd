//! One operation of the library's, in either direction, and waiting for it without blocking.
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;

use crate::buffer::{Shared, LEND_FROM_BYTES};
use crate::error::{check, check_status, Code, Detail, Error, Result};
use crate::events::{Wakers, What};
use crate::hotkey::{Hotkey, KEY_LEN};
use crate::millis;
use crate::node::Node;

/// Freed when dropped: a call that has not ended is cancelled, a question without an answer fails.
pub(crate) struct Op {
    raw: NonNull<sys::ltn_op>,
    wakers: Option<Arc<Wakers>>,
    // Texts are made in the operation when first asked for, which two threads must not do at once.
    texts: Mutex<()>,
    node: Option<Arc<Node>>,
}

// SAFETY: the header allows every function of an operation from any thread; texts are guarded here, and
// only one reader exists by the types above.
unsafe impl Send for Op {}
// SAFETY: as above.
unsafe impl Sync for Op {}

impl Op {
    /// # Safety
    /// `raw` was given to us by `node`.
    pub(crate) unsafe fn of(node: Arc<Node>, raw: *mut sys::ltn_op) -> Op {
        let raw = NonNull::new(raw).expect("given on success");
        let wakers = node.events.as_ref().map(|events| events.insert(raw.as_ptr()));
        Op { raw, wakers, texts: Mutex::new(()), node: Some(node) }
    }

    /// # Safety
    /// `raw` was given to us; no events of it are wanted.
    pub(crate) unsafe fn alone(raw: *mut sys::ltn_op) -> Op {
        let raw = NonNull::new(raw).expect("a question is never NULL");
        Op { raw, wakers: None, texts: Mutex::new(()), node: None }
    }

    pub(crate) fn raw(&self) -> *mut sys::ltn_op {
        self.raw.as_ptr()
    }

    pub(crate) fn status(&self) -> i32 {
        // SAFETY: alive.
        unsafe { sys::ltn_op_status(self.raw()) }
    }

    /// Whether the server that asks is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.is_abandoned())
    }

    /// The outcome, or the waker is remembered.
    pub(crate) fn poll_status(&self, context: &Context<'_>) -> Poll<Result<i32>> {
        let status = self.status();
        if status != sys::LTN_ERR_PENDING {
            return Poll::Ready(Ok(status));
        }
        let Some(wakers) = &self.wakers else { return Poll::Ready(Err(no_events())) };
        wakers.register(What::Done, context);
        match self.status() {
            sys::LTN_ERR_PENDING => Poll::Pending,
            status => Poll::Ready(Ok(status)),
        }
    }

    /// Blocks; the thread does the network work itself meanwhile.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: alive.
        match unsafe { sys::ltn_op_wait(self.raw(), millis(timeout)) } {
            sys::LTN_ERR_PENDING => Ok(false),
            status => check_status(status, "wait").map(|()| true),
        }
    }

    /// The failure that `status` stands for, with the operation's own text.
    pub(crate) fn error(&self, status: i32) -> Error {
        let detail = Detail::new();
        // SAFETY: both alive.
        unsafe { sys::ltn_op_error(self.raw(), detail.raw()) };
        detail.read(status).with_answer_code(self.number(sys::LTN_DETAIL_ANSWER_CODE))
    }

    pub(crate) fn data(&self) -> Result<Bytes> {
        let mut out = std::ptr::null_mut();
        // SAFETY: alive; the bytes are given.
        let status = unsafe { sys::ltn_op_data_retain(self.raw(), &mut out) };
        if status == sys::LTN_ERR_EMPTY {
            return Ok(Bytes::new());
        }
        check_status(status, "data of an operation")?;
        // SAFETY: given just now.
        Ok(unsafe { Shared::adopt(out) }.map_or_else(Bytes::new, Shared::into_bytes))
    }

    pub(crate) fn number(&self, detail: i32) -> Option<i64> {
        let mut value = 0;
        // SAFETY: alive.
        let status = unsafe { sys::ltn_op_number(self.raw(), &mut value, detail) };
        (status == sys::LTN_OK).then_some(value)
    }

    pub(crate) fn duration(&self, detail: i32) -> Option<Duration> {
        self.number(detail).and_then(|ns| u64::try_from(ns).ok()).map(Duration::from_nanos)
    }

    pub(crate) fn text(&self, detail: i32) -> Option<String> {
        let _guard = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut text, mut len) = (std::ptr::null(), 0);
        // SAFETY: alive; copied before anybody else may ask.
        unsafe {
            if sys::ltn_op_text(self.raw(), &mut text, &mut len, detail) != sys::LTN_OK {
                return None;
            }
            let bytes = std::slice::from_raw_parts(text.cast::<u8>(), len);
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }

    pub(crate) fn hotkey(&self) -> Option<Hotkey> {
        let mut key = [0; KEY_LEN];
        // SAFETY: alive; the key has the bytes that are written.
        let status = unsafe { sys::ltn_op_peer(self.raw(), key.as_mut_ptr()) };
        (status == sys::LTN_OK).then(|| Hotkey::from_bytes(key))
    }

    pub(crate) fn cancel(&self) -> Result<()> {
        // SAFETY: alive.
        check_status(unsafe { sys::ltn_op_cancel(self.raw()) }, "cancel")
    }

    /// Answers a question.
    pub(crate) fn complete(&self, data: Bytes) -> Result<()> {
        if data.len() >= LEND_FROM_BYTES {
            let shared = Shared::lend(data)?;
            // SAFETY: all alive; the library keeps its own reference.
            return check(|error| unsafe {
                sys::ltn_op_complete_bytes(self.raw(), shared.raw(), error)
            });
        }
        let (start, len) =
            (if data.is_empty() { std::ptr::null() } else { data.as_ptr() }, data.len());
        // SAFETY: copied during the call.
        check(|error| unsafe { sys::ltn_op_complete(self.raw(), start, len, error) })
    }

    /// Answers a question with "no"; the text goes to the log only.
    pub(crate) fn fail(&self, text: &str) {
        let text = std::ffi::CString::new(text.replace('\0', " ")).unwrap_or_default();
        // SAFETY: alive. A question that was withdrawn meanwhile needs no answer.
        let _ = unsafe { sys::ltn_op_fail(self.raw(), text.as_ptr()) };
    }

    /// The next chunk: `None` at the end of those that came, whatever the end was.
    pub(crate) fn read(&self, timeout_ms: i64) -> ReadStep {
        let mut chunk = std::ptr::null_mut();
        // SAFETY: alive, one reader by the types above; the chunk is given.
        match unsafe { sys::ltn_op_read(self.raw(), &mut chunk, timeout_ms) } {
            sys::LTN_OK => {
                // SAFETY: given just now.
                let shared = unsafe { Shared::adopt(chunk) };
                ReadStep::Chunk(shared.map_or_else(Bytes::new, Shared::into_bytes))
            }
            sys::LTN_ERR_PENDING => ReadStep::Nothing,
            sys::LTN_ERR_EMPTY => ReadStep::End,
            status => ReadStep::Failed(status),
        }
    }

    pub(crate) fn poll_read(&self, context: &Context<'_>) -> Poll<ReadStep> {
        match self.read(0) {
            ReadStep::Nothing => {}
            step => return Poll::Ready(step),
        }
        let Some(wakers) = &self.wakers else {
            return Poll::Ready(ReadStep::Failed(sys::LTN_ERR_STATE));
        };
        wakers.register(What::Readable, context);
        // The first look made the library tell of the next chunk, perhaps before the waker was there.
        match self.read(0) {
            ReadStep::Nothing => Poll::Pending,
            step => Poll::Ready(step),
        }
    }

    pub(crate) fn send(&self, payload: &Payload, timeout_ms: i64) -> Result<()> {
        match payload {
            // SAFETY: alive; copied during the call.
            Payload::Few(bytes) => check(|error| unsafe {
                sys::ltn_op_send(self.raw(), bytes.as_ptr(), bytes.len(), timeout_ms, error)
            }),
            // SAFETY: alive; the library keeps its own reference.
            Payload::Many(shared) => check(|error| unsafe {
                sys::ltn_op_send_bytes(self.raw(), shared.raw(), timeout_ms, error)
            }),
        }
    }

    pub(crate) fn poll_send(&self, payload: &Payload, context: &Context<'_>) -> Poll<Result<()>> {
        match self.send(payload, 0) {
            Err(error) if error.code() == Code::FULL => {}
            result => return Poll::Ready(result),
        }
        let Some(wakers) = &self.wakers else { return Poll::Ready(Err(no_events())) };
        wakers.register(What::Writable, context);
        match self.send(payload, 0) {
            Err(error) if error.code() == Code::FULL => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    pub(crate) fn end(&self) -> Result<()> {
        // SAFETY: alive.
        check(|error| unsafe { sys::ltn_op_end(self.raw(), error) })
    }

    pub(crate) fn outcome(&self, index: usize) -> Result<()> {
        let mut outcome = sys::LTN_ERR_PENDING;
        let detail = Detail::new();
        // SAFETY: all alive.
        let status = unsafe { sys::ltn_op_outcome(self.raw(), &mut outcome, index, detail.raw()) };
        check_status(status, "outcome of a registry entry")?;
        if outcome == sys::LTN_OK {
            return Ok(());
        }
        Err(detail.read(outcome))
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        // Out of the table first: once freed, its address may belong to another operation.
        if let Some(events) = self.node.as_ref().and_then(|node| node.events.as_ref()) {
            events.remove(self.raw());
        }
        // SAFETY: given to us, freed once.
        unsafe { sys::ltn_op_free(self.raw()) }
    }
}

pub(crate) enum ReadStep {
    Chunk(Bytes),
    Nothing,
    End,
    Failed(i32),
}

/// A chunk on its way out: copied when it is small, lent otherwise.
pub(crate) enum Payload {
    Few(Bytes),
    Many(Shared),
}

impl Payload {
    pub(crate) fn of(bytes: Bytes) -> Result<Payload> {
        if bytes.len() < LEND_FROM_BYTES {
            return Ok(Payload::Few(bytes));
        }
        Ok(Payload::Many(Shared::lend(bytes)?))
    }
}

pub(crate) fn no_events() -> Error {
    Error::local(Code::STATE, "a client made for waiting has no futures; use wait")
}
