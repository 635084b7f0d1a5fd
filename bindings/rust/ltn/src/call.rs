//! Requests on their way: what is said of one, and the futures of their answers.
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::buffer::{Shared, LEND_FROM_BYTES};
use crate::error::{check, check_status, Category, Code, Error, Result};
use crate::hotkey::{Hotkey, Peer};
use crate::millis;
use crate::node::{Node, Raw};
use crate::op::{no_events, Op};
use crate::stream::{Sender, Stream};

/// One MessagePack map, fields by name: what every peer expects of `data`.
pub(crate) fn encode<T: Serialize + ?Sized>(data: &T) -> Result<Bytes> {
    rmp_serde::to_vec_named(data).map(Bytes::from).map_err(|why| {
        let text = "expected data that MessagePack can hold, came something else";
        Error::local(Code::INVALID_ARGUMENT, text).because(why)
    })
}

pub(crate) fn decode<T: DeserializeOwned>(data: &[u8]) -> Result<T> {
    rmp_serde::from_slice(data).map_err(|why| {
        let text = format!("serialization error: {why}");
        Error::of(Code::MALFORMED, Category::Serialization, text)
    })
}

/// A request that is not sent yet.
#[must_use = "nothing is sent before call, open, collect, talk or converse"]
pub struct Outgoing<'a> {
    node: &'a Arc<Node>,
    peer: &'a Peer,
    name: &'a str,
    data: Bytes,
    timeout_ms: i64,
    first_chunk_timeout_ms: i64,
    chunk_timeout_ms: i64,
    window_bytes: u64,
    max_bytes: u64,
    priority: i64,
    too_long: bool,
}

/// The longest time that every language can say, in milliseconds.
const LONGEST_MS: i64 = 1 << 53;

impl<'a> Outgoing<'a> {
    pub(crate) fn new(node: &'a Arc<Node>, peer: &'a Peer, name: &'a str) -> Outgoing<'a> {
        Outgoing {
            node,
            peer,
            name,
            data: Bytes::new(),
            timeout_ms: 0,
            first_chunk_timeout_ms: 0,
            chunk_timeout_ms: 0,
            window_bytes: 0,
            max_bytes: 0,
            priority: 0,
            too_long: false,
        }
    }

    /// `None` is without end, zero as short as can be said: 0 itself means the option.
    fn limit_ms(&mut self, limit: Option<Duration>) -> i64 {
        let ms = limit.map_or(-1, |limit| millis(Some(limit)).max(1));
        self.too_long |= ms > LONGEST_MS;
        ms
    }

    /// What the peer gets: anything that serializes to a map.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Result<Self> {
        self.data = encode(data)?;
        Ok(self)
    }

    /// The same as MessagePack bytes, one map; empty is the empty map.
    pub fn raw(mut self, data: impl Into<Bytes>) -> Self {
        self.data = data.into();
        self
    }

    /// Over everything from now to the end of the answer; `None` is without end. Unsaid, the option
    /// `default_timeout_ms`.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout_ms = self.limit_ms(timeout.into());
        self
    }

    /// From the request to the first chunk of a streamed answer.
    pub fn first_chunk_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.first_chunk_timeout_ms = self.limit_ms(timeout.into());
        self
    }

    /// From one chunk to the next.
    pub fn chunk_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.chunk_timeout_ms = self.limit_ms(timeout.into());
        self
    }

    /// Chunks received and not read yet.
    pub fn window_bytes(mut self, bytes: u64) -> Self {
        self.window_bytes = bytes;
        self
    }

    /// Of all chunks together.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// 0 is ordinary, -3 the least and 4 the most urgent.
    pub fn priority(mut self, priority: i8) -> Self {
        self.priority = priority.into();
        self
    }

    /// Sends it. The request is accepted when this returns; dropping the call cancels it.
    pub fn call(self) -> Result<Call> {
        self.submit(sys::ltn_client_call, 0).map(|op| Call { op: Arc::new(op) })
    }

    /// Sends a request whose answer is a stream.
    pub fn open(self) -> Result<Stream> {
        self.submit(sys::ltn_client_open, 0).map(Stream::new)
    }

    /// As [`open`](Outgoing::open), but all chunks are kept until the end and then read.
    pub fn collect(self) -> Result<Stream> {
        self.submit(sys::ltn_client_open, sys::LTN_CALL_COLLECT as u32).map(Stream::new)
    }

    /// As [`call`](Outgoing::call), and chunks of ours follow the request. Needs `btlightning/2` there.
    pub fn talk(self) -> Result<(Sender, Call)> {
        let op = Arc::new(self.submit(sys::ltn_client_call, sys::LTN_CALL_SEND as u32)?);
        Ok((Sender::new(Arc::clone(&op)), Call { op }))
    }

    /// As [`open`](Outgoing::open), and chunks of ours follow the request. Needs `btlightning/2` there.
    pub fn converse(self) -> Result<(Sender, Stream)> {
        let stream = Stream::new(self.submit(sys::ltn_client_open, sys::LTN_CALL_SEND as u32)?);
        Ok((stream.sender(), stream))
    }

    pub(crate) fn connect(self) -> Result<Connect> {
        self.submit(sys::ltn_client_connect, 0).map(|op| Connect { op })
    }

    fn submit(self, accept: Accept, flags: u32) -> Result<Op> {
        if self.too_long {
            let text = "expected a time of at most 2^53 milliseconds, came a longer one";
            return Err(Error::local(Code::INVALID_ARGUMENT, text));
        }
        let Raw::Client(client) = self.node.raw() else { unreachable!("requests are a client's") };
        let mut call = std::mem::MaybeUninit::<sys::ltn_call>::zeroed();
        // SAFETY: as large as said.
        let status =
            unsafe { sys::ltn_call_init(call.as_mut_ptr(), std::mem::size_of::<sys::ltn_call>()) };
        check_status(status, "call")?;
        // SAFETY: zeroed, then filled by the library.
        let mut call = unsafe { call.assume_init() };
        let hotkey = self.peer.hotkey();
        call.flags = flags;
        call.peer = hotkey.as_bytes().as_ptr();
        call.address = self.peer.address_raw();
        call.type_ = self.name.as_ptr().cast();
        call.type_len = self.name.len();
        call.timeout_ms = self.timeout_ms;
        call.first_chunk_timeout_ms = self.first_chunk_timeout_ms;
        call.chunk_timeout_ms = self.chunk_timeout_ms;
        call.stream_window_bytes = self.window_bytes;
        call.stream_max_bytes = self.max_bytes;
        call.priority = self.priority;
        let lent = if self.data.len() >= LEND_FROM_BYTES {
            Some(Shared::lend(self.data.clone())?)
        } else {
            None
        };
        match &lent {
            Some(lent) => call.bytes = lent.raw(),
            None if self.data.is_empty() => {}
            None => {
                call.data = self.data.as_ptr();
                call.data_len = self.data.len();
            }
        }
        let mut op = std::ptr::null_mut();
        // SAFETY: everything in the call lives until it returns; the operation is given. An event that
        // comes before it is in the table is made up for by the first look at its status.
        check(|error| unsafe { accept(client, &mut op, &call, error) })?;
        // SAFETY: given just now by this client.
        Ok(unsafe { Op::of(Arc::clone(self.node), op) })
    }
}

type Accept = unsafe extern "C" fn(
    *mut sys::ltn_client,
    *mut *mut sys::ltn_op,
    *const sys::ltn_call,
    *mut sys::ltn_error,
) -> sys::ltn_status;

/// What a peer answered.
#[derive(Clone, Debug)]
pub struct Answer {
    data: Bytes,
    queue: Option<Duration>,
    network: Option<Duration>,
}

impl Answer {
    /// One MessagePack map.
    pub fn bytes(&self) -> &Bytes {
        &self.data
    }

    /// The same, owned.
    pub fn into_bytes(self) -> Bytes {
        self.data
    }

    /// What the map stands for.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        decode(&self.data)
    }

    /// From acceptance to the first byte on the stream.
    pub fn queue(&self) -> Option<Duration> {
        self.queue
    }

    /// From there to the complete answer.
    pub fn network(&self) -> Option<Duration> {
        self.network
    }
}

/// A request under way: a future of its answer. Dropping it cancels the request.
pub struct Call {
    op: Arc<Op>,
}

impl Call {
    /// Blocks for the answer. The quickest way for a lone call: this thread does the network work itself.
    /// Never inside an upcall, and so in no task of [`Inline`](crate::executor::Inline).
    pub fn wait(self) -> Result<Answer> {
        self.op.wait(None)?;
        answer(&self.op, self.op.status())
    }

    /// Asks for an early end; the future still becomes ready, with [`Code::CANCELLED`] if this won.
    pub fn cancel(&self) -> Result<()> {
        self.op.cancel()
    }
}

impl Future for Call {
    type Output = Result<Answer>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Answer>> {
        self.op.poll_status(context).map(|status| answer(&self.op, status?))
    }
}

fn answer(op: &Op, status: i32) -> Result<Answer> {
    if status != sys::LTN_OK {
        return Err(op.error(status));
    }
    Ok(Answer {
        data: op.data()?,
        queue: op.duration(sys::LTN_DETAIL_QUEUE_NS),
        network: op.duration(sys::LTN_DETAIL_NETWORK_NS),
    })
}

/// A call whose answer is decoded. Dropping it cancels the request.
#[must_use = "dropping it cancels the request"]
pub struct Typed<R> {
    call: std::result::Result<Call, Option<Error>>,
    is: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Typed<R> {
    /// A failure before acceptance comes where all others come.
    pub(crate) fn new(call: Result<Call>) -> Typed<R> {
        Typed { call: call.map_err(Some), is: PhantomData }
    }

    /// Blocks for the answer, as [`Call::wait`].
    pub fn wait(self) -> Result<R> {
        match self.call {
            Ok(call) => call.wait()?.decode(),
            Err(why) => Err(why.unwrap_or_else(no_events)),
        }
    }
}

impl<R: DeserializeOwned> Future for Typed<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        match &mut self.call {
            Ok(call) => Pin::new(call).poll(context).map(|answer| answer?.decode()),
            Err(why) => Poll::Ready(Err(why.take().expect("polled after it was ready"))),
        }
    }
}

/// A peer that was reached and proved its key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The key it proved.
    pub hotkey: Option<Hotkey>,
    /// ip:port.
    pub address: Option<String>,
    /// From the first packet to the proof; none when it was connected already.
    pub setup: Option<Duration>,
    /// Smoothed round trip.
    pub rtt: Option<Duration>,
    /// Its clock minus ours, in milliseconds, in steps of 1,000.
    pub clock_offset_ms: Option<i64>,
    /// Base64 of its certificate's fingerprint.
    pub fingerprint: Option<String>,
    /// The application protocol that was agreed.
    pub alpn: Option<String>,
}

/// Reaching a peer. Dropping it cancels.
pub struct Connect {
    op: Op,
}

impl Connect {
    /// Blocks for the end.
    pub fn wait(self) -> Result<Connection> {
        self.op.wait(None)?;
        connection(&self.op, self.op.status())
    }
}

impl Future for Connect {
    type Output = Result<Connection>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Connection>> {
        self.op.poll_status(context).map(|status| connection(&self.op, status?))
    }
}

fn connection(op: &Op, status: i32) -> Result<Connection> {
    if status != sys::LTN_OK {
        return Err(op.error(status));
    }
    Ok(Connection {
        hotkey: op.hotkey(),
        address: op.text(sys::LTN_DETAIL_ADDRESS),
        setup: op.duration(sys::LTN_DETAIL_SETUP_NS),
        rtt: op.duration(sys::LTN_DETAIL_RTT_NS),
        clock_offset_ms: op.number(sys::LTN_DETAIL_CLOCK_OFFSET_MS),
        fingerprint: op.text(sys::LTN_DETAIL_FINGERPRINT),
        alpn: op.text(sys::LTN_DETAIL_ALPN),
    })
}
