//! What can go wrong, as one type: a code to switch on, a category, a text for a person.
use std::ffi::{c_char, CStr, CString};
use std::fmt;
use std::sync::Arc;

use ltn_sys as sys;

/// What a fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// What a handler or signer of the host's may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The number of an error, `LTN_ERR_...` of the header. A number and no enum, because a newer library may
/// say codes that this crate has no name for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub(crate) i32);

impl Code {
    /// The number as the header has it.
    pub fn number(self) -> i32 {
        self.0
    }

    /// `deadline` for [`Code::DEADLINE`] and so on; `unknown` for a number that the library does not know.
    pub fn name(self) -> &'static str {
        // SAFETY: any number is allowed; the text is static.
        unsafe { static_text(sys::ltn_status_name(self.0)) }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where an error belongs; all but `Local` are those of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// How the library was used, or what the machine could not do.
    Local,
    /// Reaching the peer.
    Connection,
    /// Proving who is who.
    Handshake,
    /// A signer that failed.
    Signing,
    /// What travelled could not be read or written.
    Serialization,
    /// A connection that broke while a request was under way.
    Transport,
    /// The peer answered without success.
    Handler,
    /// Settings, keys and key files.
    Config,
    /// A streamed answer that ended without success.
    Stream,
    /// One that this crate has no name for.
    Other(i32),
}

impl Category {
    /// As the library writes it; `unknown` for a number that it does not know.
    pub fn name(self) -> &'static str {
        let known = Category::ALL.iter().find(|(category, _, _)| *category == self);
        let number = match (self, known) {
            (Category::Other(number), _) => number,
            (_, Some((_, number, _))) => *number,
            (_, None) => -1,
        };
        // SAFETY: any number is allowed; the text is static.
        unsafe { static_text(sys::ltn_category_name(number)) }
    }
}

/// Every failure of this crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct Error {
    code: Code,
    category: Category,
    retriable: bool,
    answer_code: Option<i64>,
    text: Arc<str>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What to switch on.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Where it belongs.
    pub fn category(&self) -> Category {
        self.category
    }

    /// Whether the same request, simply made again later, may succeed.
    pub fn retriable(&self) -> bool {
        self.retriable
    }

    /// One line for a person, category included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a peer that speaks `btlightning/2` adds to the text of an answer without success.
    pub fn answer_code(&self) -> Option<i64> {
        self.answer_code
    }

    pub(crate) fn with_answer_code(mut self, code: Option<i64>) -> Error {
        self.answer_code = code;
        self
    }

    /// What another crate said of it.
    pub(crate) fn because(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        self.source = Some(Arc::new(source));
        self
    }

    /// An error that this crate finds itself, before anything reaches the library.
    pub(crate) fn local(code: Code, text: impl Into<Arc<str>>) -> Error {
        Error::of(code, Category::Local, text)
    }

    pub(crate) fn of(code: Code, category: Category, text: impl Into<Arc<str>>) -> Error {
        // SAFETY: any number is allowed.
        let retriable = unsafe { sys::ltn_status_retriable(code.0) } == 1;
        Error { code, category, retriable, answer_code: None, text: text.into(), source: None }
    }

    /// Of a function that reports nothing but its status.
    pub(crate) fn of_status(status: i32, what: &str) -> Error {
        let code = Code(status);
        Error::local(code, format!("{what}: {}", code.name()))
    }
}

/// An error object of the library's, for one call after another of one thread.
pub(crate) struct Detail(*mut sys::ltn_error);

impl Detail {
    pub(crate) fn new() -> Detail {
        // SAFETY: takes nothing. NULL (no memory) is allowed wherever the object is passed.
        Detail(unsafe { sys::ltn_error_new() })
    }

    pub(crate) fn raw(&self) -> *mut sys::ltn_error {
        self.0
    }

    /// What the object says after `status` was returned.
    pub(crate) fn read(&self, status: i32) -> Error {
        if self.0.is_null() {
            return Error::of_status(status, "no memory for the detail");
        }
        // SAFETY: ours alone, alive; the text is copied before the object changes.
        unsafe {
            if sys::ltn_error_status(self.0) != status {
                return Error::of_status(status, "failed");
            }
            let error = Error {
                code: Code(status),
                category: Category::from_number(sys::ltn_error_category(self.0)),
                retriable: sys::ltn_error_retriable(self.0) == 1,
                answer_code: None,
                source: None,
                text: CStr::from_ptr(sys::ltn_error_text(self.0)).to_string_lossy().into(),
            };
            // What this call left must not be taken for the next one's.
            sys::ltn_error_clear(self.0);
            error
        }
    }
}

impl Drop for Detail {
    fn drop(&mut self) {
        // SAFETY: made by ltn_error_new and freed once.
        unsafe { sys::ltn_error_free(self.0) }
    }
}

thread_local! {
    static DETAIL: Detail = Detail::new();
}

/// Runs a call that takes an error object last. One object per thread instead of one per call, since most
/// calls succeed and never look at it.
pub(crate) fn check(call: impl FnOnce(*mut sys::ltn_error) -> i32) -> Result<()> {
    let run = |detail: &Detail| {
        let status = call(detail.raw());
        if status == sys::LTN_OK {
            Ok(())
        } else {
            Err(detail.read(status))
        }
    };
    // A thread that is ending has lost its object already.
    let mut run = Some(run);
    match DETAIL.try_with(|detail| (run.take().expect("runs once"))(detail)) {
        Ok(result) => result,
        Err(_) => (run.take().expect("did not run"))(&Detail::new()),
    }
}

/// The status of a call that takes no error object.
pub(crate) fn check_status(status: i32, what: &str) -> Result<()> {
    if status == sys::LTN_OK {
        Ok(())
    } else {
        Err(Error::of_status(status, what))
    }
}

/// # Safety
/// `text` is a terminated text of the library's that is never freed, or NULL.
pub(crate) unsafe fn static_text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    CStr::from_ptr(text).to_str().unwrap_or("")
}

/// # Safety
/// `text` is a terminated text that lives as long as the call, or NULL.
pub(crate) unsafe fn copied_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    Some(CStr::from_ptr(text).to_string_lossy().into_owned())
}

/// A text that ends at its terminator over there.
pub(crate) fn c_text(what: &str, text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| {
        let text = format!("expected a text without NUL as {what}, came one with NUL");
        Error::local(Code::INVALID_ARGUMENT, text)
    })
}
