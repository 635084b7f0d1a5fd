//! Who polls the futures of handlers and signers. A host gives its own executor (one closure); otherwise a
//! few threads of this crate's do it.
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};

/// Work to be polled to its end. It answers its question by itself.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes work and polls it somewhere else. `spawn` is called on the loop's thread: it must return at once.
///
/// Any closure will do: `move |task| { handle.spawn(task); }` with a tokio handle.
pub trait Executor: Send + Sync + 'static {
    /// Accepts one task. Dropping it fails the question that it would have answered.
    fn spawn(&self, task: Task);
}

impl<F: Fn(Task) + Send + Sync + 'static> Executor for F {
    fn spawn(&self, task: Task) {
        self(task)
    }
}

/// What runs tasks that became ready.
trait Runs: Send + Sync + 'static {
    fn ready(self: Arc<Self>, job: Arc<Job>);
}

/// One task. Its waker makes it ready again.
struct Job {
    task: Mutex<Option<Task>>,
    queued: AtomicBool,
    runs: Weak<dyn Runs>,
}

impl Job {
    fn poll(self: &Arc<Job>) {
        // Cleared before the poll: a wake during it must queue the job once more.
        self.queued.store(false, Ordering::Release);
        let waker = Waker::from(Arc::clone(self));
        let mut slot = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(task) = slot.as_mut() else { return };
        let polled =
            catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut Context::from_waker(&waker))));
        if !matches!(polled, Ok(Poll::Pending)) {
            let ended = slot.take();
            drop(slot);
            let _ = catch_unwind(AssertUnwindSafe(|| drop(ended)));
        }
    }
}

impl Wake for Job {
    fn wake(self: Arc<Job>) {
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(runs) = self.runs.upgrade() {
            runs.ready(self);
        }
    }
}

fn start<R: Runs>(runs: &Arc<R>, task: Task) {
    let weak = Arc::downgrade(runs);
    let job =
        Arc::new(Job { task: Mutex::new(Some(task)), queued: AtomicBool::new(true), runs: weak });
    Arc::clone(runs).ready(job);
}

#[derive(Default)]
struct Line {
    jobs: VecDeque<Arc<Job>>,
    closed: bool,
}

/// Threads of this crate's own, for hosts without an executor. How many tasks wait is bounded by what the
/// server admits (`max_requests_in_flight`).
#[derive(Clone)]
pub struct Pool(Arc<PoolOwner>);

struct PoolOwner(Arc<PoolLine>);

#[derive(Default)]
struct PoolLine {
    line: Mutex<Line>,
    more: Condvar,
}

impl Pool {
    /// Starts this many threads, which end when the last clone of the pool is gone.
    pub fn new(threads: usize) -> std::io::Result<Pool> {
        let shared = Arc::new(PoolLine::default());
        let owner = Arc::new(PoolOwner(Arc::clone(&shared)));
        for index in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("ltn-handler-{index}"))
                .spawn(move || shared.work())?;
        }
        Ok(Pool(owner))
    }

    /// The pool of this process: made when first asked for, ended with its last user.
    pub fn shared() -> std::io::Result<Pool> {
        static SHARED: Mutex<Weak<PoolOwner>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = shared.upgrade() {
            return Ok(Pool(owner));
        }
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get()).min(8);
        let pool = Pool::new(threads)?;
        *shared = Arc::downgrade(&pool.0);
        Ok(pool)
    }
}

impl Executor for Pool {
    fn spawn(&self, task: Task) {
        start(&self.0 .0, task);
    }
}

impl PoolLine {
    fn work(&self) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = line.jobs.pop_front() {
                drop(line);
                job.poll();
                drop(job);
                line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
            } else if line.closed {
                return;
            } else {
                line = self.more.wait(line).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Runs for PoolLine {
    fn ready(self: Arc<PoolLine>, job: Arc<Job>) {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).jobs.push_back(job);
        self.more.notify_one();
    }
}

impl Drop for PoolOwner {
    fn drop(&mut self) {
        // Not joined: the last clone may go on one of the pool's own threads.
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.more.notify_all();
    }
}

/// Polls where the work came from: in the upcall, and later on whichever thread wakes it. The fastest for
/// handlers that never block, and the only one that leaves a virtual run repeatable. A handler that blocks
/// here blocks the loop.
#[derive(Clone, Default)]
pub struct Inline(Arc<InlineLine>);

#[derive(Default)]
struct InlineLine {
    line: Mutex<VecDeque<Arc<Job>>>,
    at_work: AtomicBool,
}

impl Inline {
    /// An executor without threads.
    pub fn new() -> Inline {
        Inline::default()
    }
}

impl Executor for Inline {
    fn spawn(&self, task: Task) {
        start(&self.0, task);
    }
}

impl Runs for InlineLine {
    fn ready(self: Arc<InlineLine>, job: Arc<Job>) {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        // A task that wakes another, or itself, must not be polled inside the first one's poll.
        while !self.at_work.swap(true, Ordering::AcqRel) {
            loop {
                let next = self.line.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(job) = next else { break };
                job.poll();
            }
            self.at_work.store(false, Ordering::Release);
            // One that came between the last look and the store has found somebody at work.
            if self.line.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return;
            }
        }
    }
}
