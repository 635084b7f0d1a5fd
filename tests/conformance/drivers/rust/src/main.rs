//! Reads requests, one JSON object per line, and answers each as soon as its outcome is known.
mod calls;
mod driver;
mod forms;
mod handlers;
mod keys;
mod misuse;
mod process;
mod servers;
mod streams;

use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex};

use serde_json::{json, Value};

use driver::{Driver, Failure};

const LACKS: &[&str] = &[
    "wrong timeout_text: the compiler refuses it",
    "wrong timeout_negative: the compiler refuses it",
    "wrong type_number: the compiler refuses it",
    "wrong seed_short: the compiler refuses it",
    "wrong handler_none: the compiler refuses it",
    "short: the compiler refuses it",
    "twice: the compiler refuses it",
];

/// What the library and the binding log, one line per event.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics under it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn take(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().expect("nothing panics under it"));
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }
}

fn say(line: &Value) {
    let mut out = std::io::stdout().lock();
    // Whoever does not read any more has no use for the answer.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn answer(id: &Value, outcome: Result<Value, Failure>) {
    say(&match outcome {
        Ok(value) => json!({"id": id, "ok": value}),
        Err(Failure::Unknown) => json!({"id": id, "unknown": true}),
        Err(Failure::Said(error)) => json!({"id": id, "error": error}),
    });
}

fn main() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    let tokio = tokio::runtime::Runtime::new().expect("threads can be made");
    let driver = Driver::new(tokio.handle().clone(), log).expect("a runtime can be made");
    let driver = Arc::new(driver);
    say(&json!({"driver": "rust", "version": ltn::version(), "lacks": LACKS}));
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let Ok(request) = serde_json::from_str::<Value>(&line) else {
            eprintln!("expected one JSON object, came: {line}");
            continue;
        };
        // Names are known before the next line is read, so that nothing can overtake them.
        let name = driver.named(&request);
        let driver = Arc::clone(&driver);
        tokio.spawn(async move {
            let outcome = driver.run(&request, name).await;
            answer(&request["id"], outcome);
        });
    }
    tokio.block_on(driver.end());
}
