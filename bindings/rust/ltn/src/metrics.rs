//! Pictures of one moment, copied out of the library's lists.
use std::collections::BTreeMap;
use std::time::Duration;

use ltn_sys as sys;

use crate::error::{copied_text, Code};
use crate::hotkey::Hotkey;

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Times, in buckets.
    Histogram,
    /// One that this crate has no name for.
    Other(i32),
}

/// One metric.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// What it counts.
    pub kind: MetricKind,
    /// Stable.
    pub name: String,
    /// For a person.
    pub help: String,
    /// Name and value of the label.
    pub label: Option<(String, String)>,
    /// Histogram: how many times were taken.
    pub value: u64,
    /// Histogram: of all times.
    pub sum: Duration,
    /// Histogram: count and upper bound of each bucket; the last has none.
    pub buckets: Vec<(u64, Option<Duration>)>,
}

/// How a registered or connected peer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// Neither proved nor refused yet.
    Waiting,
    /// Proved on a live connection.
    Ready,
    /// Failed; tried again later.
    Backoff,
    /// Failed too often; waits for the next update.
    Exhausted,
    /// The server there proved another key.
    FalseClaim,
    /// No room under `max_connections`.
    OverLimit,
    /// One that this crate has no name for.
    Other(i32),
}

/// A peer at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PeerState {
    /// Who.
    pub hotkey: Hotkey,
    /// Where.
    pub address: String,
    /// How it is doing.
    pub state: Readiness,
    /// Why it is not ready.
    pub why: Option<Code>,
    /// Failed ones in a row.
    pub attempts: u32,
    /// From now; none is planned without.
    pub next_try: Option<Duration>,
    /// Smoothed round trip, when known.
    pub rtt: Option<Duration>,
    /// Its clock minus ours.
    pub clock_offset_ms: i64,
}

fn known_ns(ns: i64) -> Option<Duration> {
    u64::try_from(ns).ok().map(Duration::from_nanos)
}

fn known_ms(ms: i64) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// # Safety
/// `raw` was given to us.
pub(crate) unsafe fn take_metrics(raw: *mut sys::ltn_metrics) -> Vec<Metric> {
    let mut all = Vec::new();
    for index in 0..sys::ltn_metrics_count(raw) {
        let mut metric = std::mem::zeroed::<sys::ltn_metric>();
        metric.size = std::mem::size_of::<sys::ltn_metric>() as u32;
        if sys::ltn_metrics_get(raw, &mut metric, index) != sys::LTN_OK {
            continue;
        }
        let buckets = (0..metric.bucket_count).map(|at| {
            let bound = (at + 1 < metric.bucket_count)
                .then(|| Duration::from_nanos(*metric.bucket_bounds_ns.add(at)));
            (*metric.bucket_counts.add(at), bound)
        });
        all.push(Metric {
            kind: match metric.kind {
                sys::LTN_METRIC_COUNTER => MetricKind::Counter,
                sys::LTN_METRIC_GAUGE => MetricKind::Gauge,
                sys::LTN_METRIC_HISTOGRAM => MetricKind::Histogram,
                other => MetricKind::Other(other),
            },
            name: copied_text(metric.name).unwrap_or_default(),
            help: copied_text(metric.help).unwrap_or_default(),
            label: copied_text(metric.label).zip(copied_text(metric.label_value)),
            value: metric.value,
            sum: Duration::from_nanos(metric.sum_ns),
            buckets: buckets.collect(),
        });
    }
    sys::ltn_metrics_free(raw);
    all
}

/// # Safety
/// `raw` was given to us.
pub(crate) unsafe fn take_peers(raw: *mut sys::ltn_peer_list) -> Vec<PeerState> {
    let mut all = Vec::new();
    for index in 0..sys::ltn_peer_list_count(raw) {
        let mut peer = std::mem::zeroed::<sys::ltn_peer>();
        peer.size = std::mem::size_of::<sys::ltn_peer>() as u32;
        if sys::ltn_peer_list_get(raw, &mut peer, index) != sys::LTN_OK {
            continue;
        }
        all.push(PeerState {
            hotkey: Hotkey::from_bytes(peer.key),
            address: copied_text(peer.address).unwrap_or_default(),
            state: match peer.state {
                sys::LTN_PEER_WAITING => Readiness::Waiting,
                sys::LTN_PEER_READY => Readiness::Ready,
                sys::LTN_PEER_BACKOFF => Readiness::Backoff,
                sys::LTN_PEER_EXHAUSTED => Readiness::Exhausted,
                sys::LTN_PEER_FALSE_CLAIM => Readiness::FalseClaim,
                sys::LTN_PEER_OVER_LIMIT => Readiness::OverLimit,
                other => Readiness::Other(other),
            },
            why: (peer.status != sys::LTN_OK).then_some(Code(peer.status)),
            attempts: peer.attempts,
            next_try: known_ms(peer.next_try_ms),
            rtt: known_ns(peer.rtt_ns),
            clock_offset_ms: peer.clock_offset_ms,
        });
    }
    sys::ltn_peer_list_free(raw);
    all
}

/// # Safety
/// `raw` was given to us.
pub(crate) unsafe fn take_text_map(raw: *mut sys::ltn_text_map) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for index in 0..sys::ltn_text_map_count(raw) {
        let (mut key, mut value) = (std::ptr::null(), std::ptr::null());
        if sys::ltn_text_map_get(raw, &mut key, &mut value, index) == sys::LTN_OK {
            all.extend(copied_text(key).zip(copied_text(value)));
        }
    }
    sys::ltn_text_map_free(raw);
    all
}

/// Where peers may come from, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// The host listed it.
    Listed,
    /// This hotkey proved itself from there, so long ago.
    Learned(Hotkey, Duration),
    /// The host blocked it.
    Blocked,
    /// One that this crate has no name for.
    Other(i32),
}

/// One source: a prefix, and why it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// `192.0.2.7/32`.
    pub prefix: String,
    /// Why it is known.
    pub kind: SourceKind,
}

/// # Safety
/// `raw` was given to us.
pub(crate) unsafe fn take_sources(raw: *mut sys::ltn_source_list) -> Vec<Source> {
    let mut all = Vec::new();
    for index in 0..sys::ltn_source_list_count(raw) {
        let mut source = std::mem::zeroed::<sys::ltn_source>();
        source.size = std::mem::size_of::<sys::ltn_source>() as u32;
        if sys::ltn_source_list_get(raw, &mut source, index) != sys::LTN_OK {
            continue;
        }
        let hotkey = copied_text(source.hotkey).and_then(|text| text.parse().ok());
        let kind = match (source.kind, hotkey) {
            (sys::LTN_SOURCE_LISTED, _) => SourceKind::Listed,
            (sys::LTN_SOURCE_BLOCKED, _) => SourceKind::Blocked,
            (sys::LTN_SOURCE_LEARNED, Some(hotkey)) => {
                SourceKind::Learned(hotkey, known_ms(source.age_ms).unwrap_or_default())
            }
            (other, _) => SourceKind::Other(other),
        };
        all.push(Source { prefix: copied_text(source.prefix).unwrap_or_default(), kind });
    }
    sys::ltn_source_list_free(raw);
    all
}
