//! Chunks, in both directions. The reader's pace is the writer's.
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;

use crate::error::{Error, Result};
use crate::millis;
use crate::op::{Op, Payload, ReadStep};

/// A streamed answer: a `futures_core::Stream` of chunks that ends after the last one, or with one error.
/// Dropping it, and every [`Sender`] of it, cancels the request.
pub struct Stream {
    op: Arc<Op>,
    ended: bool,
}

impl Stream {
    pub(crate) fn new(op: Op) -> Stream {
        Stream { op: Arc::new(op), ended: false }
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender::new(Arc::clone(&self.op))
    }

    /// The next chunk: `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let next = std::future::poll_fn(|context| self.poll_chunk(context)).await;
        next.transpose()
    }

    /// Blocks for the next chunk, this thread doing the network work meanwhile.
    /// [`Code::PENDING`](crate::Code::PENDING) after the timeout; the stream goes on then.
    pub fn wait_next(&mut self, timeout: Option<Duration>) -> Result<Option<Bytes>> {
        if self.ended {
            return Ok(None);
        }
        match self.op.read(millis(timeout)) {
            ReadStep::Nothing => Err(Error::of_status(sys::LTN_ERR_PENDING, "no chunk yet")),
            step => self.take(step).transpose(),
        }
    }

    /// Asks for an early end: what is here is read, then an error comes.
    pub fn cancel(&self) -> Result<()> {
        self.op.cancel()
    }

    fn poll_chunk(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.op.poll_read(context).map(|step| self.take(step))
    }

    fn take(&mut self, step: ReadStep) -> Option<Result<Bytes>> {
        if let ReadStep::Chunk(chunk) = step {
            return Some(Ok(chunk));
        }
        self.ended = true;
        let status = match step {
            ReadStep::Failed(status) => status,
            _ => self.op.status(),
        };
        (status != sys::LTN_OK).then(|| Err(self.op.error(status)))
    }
}

impl futures_core::Stream for Stream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
    }
}

/// Sends chunks after a request, or as an answer. Clones share the operation and keep it.
#[derive(Clone)]
pub struct Sender {
    op: Arc<Op>,
}

impl Sender {
    pub(crate) fn new(op: Arc<Op>) -> Sender {
        Sender { op }
    }

    /// Sends one chunk; ready once it was taken, which is when the reader is not too far behind.
    pub fn send(&self, chunk: impl Into<Bytes>) -> Sending<'_> {
        Sending { op: &self.op, payload: Payload::of(chunk.into()).map_err(Some) }
    }

    /// The same, blocking: [`Code::FULL`](crate::Code::FULL) after the timeout, and nothing was taken.
    pub fn wait_send(&self, chunk: impl Into<Bytes>, timeout: Option<Duration>) -> Result<()> {
        self.op.send(&Payload::of(chunk.into())?, millis(timeout))
    }

    /// After a request: no chunk follows. An answer ends with its handler instead.
    pub fn end(&self) -> Result<()> {
        self.op.end()
    }
}

/// A chunk that waits to be taken. Dropping it before takes it back.
#[must_use = "nothing is sent before it is polled"]
pub struct Sending<'a> {
    op: &'a Op,
    payload: std::result::Result<Payload, Option<Error>>,
}

impl Future for Sending<'_> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        match &mut this.payload {
            Ok(payload) => this.op.poll_send(payload, context),
            Err(why) => Poll::Ready(Err(why.take().expect("polled after it was ready"))),
        }
    }
}

/// Chunks that follow a request, as its handler reads them.
pub struct Chunks {
    op: Arc<Op>,
    ended: bool,
}

impl Chunks {
    pub(crate) fn new(op: Arc<Op>) -> Chunks {
        Chunks { op, ended: false }
    }

    /// The next chunk: `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let next = std::future::poll_fn(|context| self.poll_chunk(context)).await;
        next.transpose()
    }

    fn poll_chunk(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.op.poll_read(context).map(|step| match step {
            ReadStep::Chunk(chunk) => Some(Ok(chunk)),
            ReadStep::Failed(status) => {
                self.ended = true;
                Some(Err(Error::of_status(status, "chunks of a request")))
            }
            _ => {
                self.ended = true;
                None
            }
        })
    }
}

impl futures_core::Stream for Chunks {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
    }
}
