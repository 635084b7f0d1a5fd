//! The loop, and where its log goes.
use std::ffi::{c_char, c_void, CStr};
use std::fmt::Display;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ltn_sys as sys;

use crate::buffer::destroy_box;
use crate::config::Config;
use crate::error::{c_text, check, check_status, Code, Error, Result};
use crate::millis;

/// How loud a log event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For finding faults.
    Debug,
    /// What happens once in a while.
    Info,
    /// What somebody should look at.
    Warning,
    /// What failed.
    Error,
}

impl Level {
    fn number(self) -> i32 {
        match self {
            Level::Debug => sys::LTN_LOG_DEBUG,
            Level::Info => sys::LTN_LOG_INFO,
            Level::Warning => sys::LTN_LOG_WARNING,
            Level::Error => sys::LTN_LOG_ERROR,
        }
    }

    fn from_number(number: i32) -> Level {
        match number {
            n if n <= sys::LTN_LOG_DEBUG => Level::Debug,
            sys::LTN_LOG_INFO => Level::Info,
            sys::LTN_LOG_WARNING => Level::Warning,
            _ => Level::Error,
        }
    }
}

/// Who runs the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drive {
    Thread,
    Host,
    #[cfg_attr(not(feature = "testing"), allow(dead_code))]
    Virtual,
}

/// What clients and servers run on. Cheap to clone. Dropping the last clone detaches without waiting; see
/// [`close`](Runtime::close).
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    raw: NonNull<sys::ltn_runtime>,
    drive: Drive,
    // The header allows one step at a time.
    step: Mutex<()>,
}

// SAFETY: setting up is done by the builder alone, steps are guarded, all else is for any thread.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: given to us, freed once.
        unsafe { sys::ltn_runtime_free(self.raw.as_ptr()) }
    }
}

impl Runtime {
    /// The runtime of this process, with a thread of its own; its log goes to `tracing` from `INFO` on.
    pub fn shared() -> Result<Runtime> {
        static SHARED: OnceLock<Result<Runtime>> = OnceLock::new();
        SHARED.get_or_init(|| Runtime::builder()?.tracing(Level::Info)?.build()).clone()
    }

    /// One with a thread of its own.
    pub fn builder() -> Result<RuntimeBuilder> {
        RuntimeBuilder::new(Drive::Thread)
    }

    /// One that the host drives: see [`descriptor`](Runtime::descriptor), [`deadline`](Runtime::deadline),
    /// [`step`](Runtime::step).
    pub fn host_driven() -> Result<RuntimeBuilder> {
        RuntimeBuilder::new(Drive::Host)
    }

    /// # Safety
    /// `raw` was given to us.
    pub(crate) unsafe fn adopt(raw: *mut sys::ltn_runtime, drive: Drive) -> Runtime {
        let raw = NonNull::new(raw).expect("given on success");
        Runtime(Arc::new(Inner { raw, drive, step: Mutex::new(()) }))
    }

    pub(crate) fn raw(&self) -> *mut sys::ltn_runtime {
        self.0.raw.as_ptr()
    }

    pub(crate) fn drive(&self) -> Drive {
        self.0.drive
    }

    /// Host drive: readable when [`step`](Runtime::step) has something to do. Only the library reads it.
    pub fn descriptor(&self) -> Result<i32> {
        let mut fd = -1;
        // SAFETY: alive.
        let status = unsafe { sys::ltn_runtime_descriptor(self.raw(), &mut fd) };
        check_status(status, "descriptor").map(|()| fd)
    }

    /// Host drive: how long until a step is due even without the descriptor. `None`: nothing waits.
    pub fn deadline(&self) -> Result<Option<Duration>> {
        let mut ms = -1;
        // SAFETY: alive.
        let status = unsafe { sys::ltn_runtime_deadline_ms(self.raw(), &mut ms) };
        check_status(status, "deadline")?;
        Ok(u64::try_from(ms).ok().map(Duration::from_millis))
    }

    /// Host drive: runs what is due on this thread, upcalls included; waits at most this long for something.
    pub fn step(&self, timeout: Duration) -> Result<()> {
        // Not a wait: inside an upcall the guard is this thread's own.
        let Ok(_guard) = self.0.step.try_lock() else {
            let text = "a step is under way already, on this thread or another";
            return Err(Error::local(Code::WOULD_DEADLOCK, text));
        };
        // SAFETY: one thread at a time by the guard.
        let status = unsafe { sys::ltn_runtime_step(self.raw(), millis(Some(timeout))) };
        check_status(status, "step")
    }

    /// Stops every client and server; never blocks.
    pub fn stop(&self) -> Result<()> {
        // SAFETY: alive, any thread.
        check_status(unsafe { sys::ltn_runtime_stop(self.raw()) }, "stop")
    }

    /// Blocks until nothing of the runtime runs any more: false after the timeout.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: alive, any thread.
        match unsafe { sys::ltn_runtime_wait(self.raw(), millis(timeout)) } {
            sys::LTN_ERR_PENDING => Ok(false),
            status => check_status(status, "wait").map(|()| true),
        }
    }

    /// [`stop`](Runtime::stop), then [`wait`](Runtime::wait).
    pub fn close(&self, timeout: Option<Duration>) -> Result<bool> {
        self.stop()?;
        self.wait(timeout)
    }
}

/// A runtime that nothing is attached to yet.
pub struct RuntimeBuilder(Runtime);

impl RuntimeBuilder {
    fn new(drive: Drive) -> Result<RuntimeBuilder> {
        if !sys::abi_matches() {
            // SAFETY: any time.
            let came = unsafe { sys::ltn_abi_version() };
            let text = format!(
                "expected libltn with ABI {}, came {came} ({})",
                sys::LTN_ABI_VERSION,
                crate::version()
            );
            return Err(Error::local(Code::UNSUPPORTED, text));
        }
        let number = if drive == Drive::Host { sys::LTN_DRIVE_HOST } else { sys::LTN_DRIVE_THREAD };
        let mut out = std::ptr::null_mut();
        // SAFETY: the runtime is given.
        check(|error| unsafe { sys::ltn_runtime_new(&mut out, number, error) })?;
        // SAFETY: given just now.
        Ok(RuntimeBuilder(unsafe { Runtime::adopt(out, drive) }))
    }

    #[cfg(feature = "testing")]
    pub(crate) fn of(runtime: Runtime) -> RuntimeBuilder {
        RuntimeBuilder(runtime)
    }

    /// An option of the table "runtime" in docs/options.md.
    pub fn set(self, name: &str, value: impl Display) -> Result<Self> {
        let name = c_text("an option's name", name)?;
        let value = c_text("an option's value", &value.to_string())?;
        // SAFETY: nothing is attached yet, and the builder has the only handle.
        check(|error| unsafe {
            sys::ltn_runtime_set(self.0.raw(), name.as_ptr(), value.as_ptr(), error)
        })?;
        Ok(self)
    }

    /// Sets what code has not set.
    pub fn config(self, config: &Config) -> Result<Self> {
        // SAFETY: as above.
        check(|error| unsafe { sys::ltn_runtime_set_config(self.0.raw(), config.raw(), error) })?;
        Ok(self)
    }

    /// Log events to `tracing`, target `ltn`: the event's name as the message, its `key=value` pairs as the field
    /// `fields`.
    pub fn tracing(self, from: Level) -> Result<Self> {
        self.log(from, |level, event, fields| match level {
            Level::Debug => tracing::debug!(target: "ltn", %fields, "{event}"),
            Level::Info => tracing::info!(target: "ltn", %fields, "{event}"),
            Level::Warning => tracing::warn!(target: "ltn", %fields, "{event}"),
            Level::Error => tracing::error!(target: "ltn", %fields, "{event}"),
        })
    }

    /// Log events to a closure, on the loop's thread: a stable name, and `key=value` fields.
    pub fn log(
        self,
        from: Level,
        log: impl Fn(Level, &str, &str) + Send + Sync + 'static,
    ) -> Result<Self> {
        let log: Log = Box::new(log);
        let user_data = Box::into_raw(Box::new(log)).cast::<c_void>();
        // SAFETY: the box is the library's from here, also on failure (R3).
        let status = unsafe {
            sys::ltn_runtime_set_log(
                self.0.raw(),
                from.number(),
                Some(on_log),
                user_data,
                Some(destroy_box::<Log>),
            )
        };
        check_status(status, "log")?;
        Ok(self)
    }

    /// Done.
    pub fn build(self) -> Result<Runtime> {
        Ok(self.0)
    }
}

type Log = Box<dyn Fn(Level, &str, &str) + Send + Sync>;

/// `user_data` is a `Box<Log>`.
unsafe extern "C" fn on_log(
    level: i32,
    event: *const c_char,
    fields: *const c_char,
    user_data: *mut c_void,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let text = |text: *const c_char| match text.is_null() {
            true => std::borrow::Cow::Borrowed(""),
            false => CStr::from_ptr(text).to_string_lossy(),
        };
        let log = &*user_data.cast::<Log>();
        log(Level::from_number(level), &text(event), &text(fields));
    }));
}
