//! A handler at work: polls the host's future, answers the question with what it gives, and drops it when
//! nobody waits for the answer any more.
use std::any::Any;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use ltn_sys as sys;

use crate::error::BoxError;
use crate::op::Op;

/// What a handler of the host's comes down to.
pub(crate) type Answer = Pin<Box<dyn Future<Output = std::result::Result<Bytes, BoxError>> + Send>>;

pub(crate) struct Answering {
    op: Arc<Op>,
    name: Arc<str>,
    work: Option<Answer>,
}

impl Answering {
    pub(crate) fn new(op: Arc<Op>, name: impl Into<Arc<str>>, work: Answer) -> Answering {
        Answering { op, name: name.into(), work: Some(work) }
    }

    /// The peer reads a generic text; the whole story is for the host.
    fn fail(&self, why: &str) {
        tracing::error!(target: "ltn::handler", name = %self.name, "{why}");
        self.op.fail(why);
    }

    fn answer(&self, result: std::thread::Result<std::result::Result<Bytes, BoxError>>) {
        match result {
            Ok(Ok(data)) => match self.op.complete(data) {
                Ok(()) => {}
                // Withdrawn or stopped meanwhile: nobody waits.
                Err(_) if self.op.status() != sys::LTN_ERR_PENDING => {}
                // A question that refused its answer (no map, too large) stays open.
                Err(why) => self.fail(&format!("the answer was refused: {why}")),
            },
            Ok(Err(why)) => self.fail(&chain(why.as_ref())),
            Err(panic) => self.fail(&format!("panicked: {}", panic_text(panic.as_ref()))),
        }
    }
}

impl Future for Answering {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // A signer's question has no events, and its deadline is short; all others hear of the end.
        let ended = matches!(self.op.poll_status(context), Poll::Ready(Ok(_)));
        if ended || self.op.is_abandoned() {
            self.work = None;
            return Poll::Ready(());
        }
        let Some(work) = self.work.as_mut() else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        self.answer(result);
        let work = self.work.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(work))) {
            let text = panic_text(panic.as_ref()).to_owned();
            tracing::error!(target: "ltn::handler", name = %self.name, "panicked at its end: {text}");
        }
        Poll::Ready(())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if self.work.is_some() && self.op.status() == sys::LTN_ERR_PENDING {
            self.op.fail("dropped by its executor without an answer");
        }
    }
}

fn chain(why: &(dyn std::error::Error + 'static)) -> String {
    let mut text = why.to_string();
    let mut next = why.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return text;
    }
    panic.downcast_ref::<String>().map_or("with no text", String::as_str)
}
