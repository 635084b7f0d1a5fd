//! From upcalls to wakers. Events come on a loop's thread; all that happens there is to find the wakers of
//! the operation and to wake them, without a lock held and without letting a panic out.
//!
//! A queue with a poller thread was the other way: every completion would then cross two threads instead of
//! one, and a virtual run would need a second thread. Hosts that want no upcalls wait instead of polling.
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use ltn_sys as sys;

use crate::error::{Code, Error};

const SHARDS: usize = 16;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing of the host's runs under these locks, so a poisoned one holds good data.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who waits for what of one operation.
#[derive(Default)]
pub(crate) struct Wakers(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    done: Option<Waker>,
    readable: Option<Waker>,
    // Several senders may share an operation.
    writable: Vec<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Done,
    Readable,
    Writable,
}

impl Wakers {
    /// Remembers the waker. Look at the operation once more afterwards: the event may have been before.
    pub(crate) fn register(&self, what: What, context: &Context<'_>) {
        let waker = context.waker();
        let mut slots = lock(&self.0);
        let slot = match what {
            What::Done => &mut slots.done,
            What::Readable => &mut slots.readable,
            What::Writable => {
                if !slots.writable.iter().any(|known| known.will_wake(waker)) {
                    slots.writable.push(waker.clone());
                }
                return;
            }
        };
        if slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            return;
        }
        let old = slot.replace(waker.clone());
        // A waker's drop is somebody else's code.
        drop(slots);
        drop(old);
    }

    fn wake(&self, what: What) {
        let mut slots = lock(&self.0);
        let (first, second, many) = match what {
            // Whoever reads or writes learns the end from the next try.
            What::Done => {
                (slots.done.take(), slots.readable.take(), std::mem::take(&mut slots.writable))
            }
            What::Readable => (slots.readable.take(), None, Vec::new()),
            What::Writable => (None, None, std::mem::take(&mut slots.writable)),
        };
        drop(slots);
        for waker in first.into_iter().chain(second).chain(many) {
            wake_quietly(waker);
        }
    }
}

pub(crate) fn wake_quietly(waker: Waker) {
    let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

/// How a client or server ended.
#[derive(Default)]
struct End {
    closed: bool,
    why: Option<Error>,
    wakers: Vec<Waker>,
}

/// The events of one client or server.
#[derive(Default)]
pub(crate) struct Events {
    // By the operation's address: it names one operation until that is freed, and it is taken out before.
    // The library keeps an operation alive while an event of it is on its way, so that an address cannot
    // mean another operation then.
    shards: [Mutex<HashMap<usize, Arc<Wakers>>>; SHARDS],
    end: Mutex<End>,
}

impl Events {
    fn shard(&self, op: *mut sys::ltn_op) -> &Mutex<HashMap<usize, Arc<Wakers>>> {
        // Allocations are 16 bytes apart at least.
        let at = op as usize;
        &self.shards[((at >> 4) ^ (at >> 10)) % SHARDS]
    }

    pub(crate) fn insert(&self, op: *mut sys::ltn_op) -> Arc<Wakers> {
        let wakers = Arc::new(Wakers::default());
        lock(self.shard(op)).insert(op as usize, Arc::clone(&wakers));
        wakers
    }

    pub(crate) fn remove(&self, op: *mut sys::ltn_op) {
        let gone = lock(self.shard(op)).remove(&(op as usize));
        drop(gone);
    }

    /// Wakes whoever waits for anything.
    pub(crate) fn wake_all(&self) {
        for shard in &self.shards {
            let all: Vec<_> = lock(shard).values().cloned().collect();
            all.iter().for_each(|wakers| wakers.wake(What::Done));
        }
    }

    fn of(&self, op: *mut sys::ltn_op) -> Option<Arc<Wakers>> {
        lock(self.shard(op)).get(&(op as usize)).cloned()
    }

    /// Whether CLOSED has come; remembers the waker when not.
    pub(crate) fn closed(&self, context: &Context<'_>) -> Option<Option<Error>> {
        let mut end = lock(&self.end);
        if end.closed {
            return Some(end.why.clone());
        }
        if !end.wakers.iter().any(|known| known.will_wake(context.waker())) {
            end.wakers.push(context.waker().clone());
        }
        None
    }

    pub(crate) fn why(&self) -> Option<Error> {
        lock(&self.end).why.clone()
    }

    fn take(&self, event: &sys::ltn_event) {
        match event.kind {
            sys::LTN_EVENT_OP_DONE | sys::LTN_EVENT_WITHDRAWN => self.wake(event.op, What::Done),
            sys::LTN_EVENT_READABLE => self.wake(event.op, What::Readable),
            sys::LTN_EVENT_WRITABLE => self.wake(event.op, What::Writable),
            sys::LTN_EVENT_SIGNER_FAILED => {
                let code = Code(event.status);
                let text = format!("the signer failed its self-test: {}", code.name());
                let why = Error::of(code, crate::error::Category::Signing, text);
                lock(&self.end).why = Some(why);
            }
            sys::LTN_EVENT_CLOSED => {
                let mut end = lock(&self.end);
                end.closed = true;
                let wakers = std::mem::take(&mut end.wakers);
                drop(end);
                wakers.into_iter().for_each(wake_quietly);
            }
            // Every handler of ours has a function, so no question comes this way. Whatever a newer
            // library tells of is ignored.
            _ => {}
        }
    }

    fn wake(&self, op: *mut sys::ltn_op, what: What) {
        if let Some(wakers) = self.of(op) {
            wakers.wake(what);
        }
    }
}

/// The upcall; `user_data` is a `Box<Arc<Events>>`.
pub(crate) unsafe extern "C" fn on_event(event: *const sys::ltn_event, user_data: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let events = &*user_data.cast::<Arc<Events>>();
        events.take(&*event);
    }));
}
