//! A runtime without sockets and clocks, so that programs test offline and repeatably: addresses exist only
//! inside it, time moves only when it is stepped, and the same seed gives the same run.
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ltn_sys as sys;

use crate::error::{check, check_status, Code, Error, Result};
use crate::runtime::{Drive, Runtime, RuntimeBuilder};

/// A virtual runtime. Give [`runtime`](Virtual::runtime) to clients and servers, and run their futures with
/// [`run`](Virtual::run).
#[derive(Clone)]
pub struct Virtual {
    runtime: Runtime,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Flag>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Virtual {
    /// `seed` decides every random choice.
    pub fn new(seed: u64) -> Result<Virtual> {
        Virtual::with(seed, Ok)
    }

    /// The same, with options and a log.
    pub fn with(
        seed: u64,
        build: impl FnOnce(RuntimeBuilder) -> Result<RuntimeBuilder>,
    ) -> Result<Virtual> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the runtime is given.
        check(|error| unsafe { sys::ltn_testing_runtime_new(&mut out, seed, error) })?;
        // SAFETY: given just now.
        let runtime = unsafe { Runtime::adopt(out, Drive::Virtual) };
        Ok(Virtual { runtime: build(RuntimeBuilder::of(runtime))?.build()? })
    }

    /// What clients and servers are made on.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The virtual clock, since the runtime was made.
    pub fn now(&self) -> Result<Duration> {
        let mut ns = 0;
        // SAFETY: alive.
        let status = unsafe { sys::ltn_testing_runtime_now_ns(self.runtime.raw(), &mut ns) };
        check_status(status, "now").map(|()| Duration::from_nanos(ns))
    }

    /// Share of datagrams lost from now on, in parts per million.
    pub fn set_loss(&self, parts_per_million: u32) -> Result<()> {
        // SAFETY: alive.
        let status =
            unsafe { sys::ltn_testing_runtime_set_loss(self.runtime.raw(), parts_per_million) };
        check_status(status, "loss")
    }

    /// Steps for this long, virtually.
    pub fn pass(&self, time: Duration) -> Result<()> {
        let end = self.now()? + time;
        loop {
            let left = end.saturating_sub(self.now()?);
            if left.is_zero() {
                return Ok(());
            }
            // Never less than the millisecond that can be said.
            self.runtime.step(left.max(Duration::from_millis(1)))?;
        }
    }

    /// Steps until the future is ready. [`Code::WOULD_DEADLOCK`] when nothing is left that could wake it.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output> {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            if flag.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Ok(output);
                }
                // What the poll began may be due at once.
                self.runtime.step(Duration::ZERO)?;
                continue;
            }
            let Some(due) = self.runtime.deadline()? else {
                let text = "nothing is due any more, and the future waits";
                return Err(Error::local(Code::WOULD_DEADLOCK, text));
            };
            self.runtime.step(due.max(Duration::from_millis(1)))?;
        }
    }
}
