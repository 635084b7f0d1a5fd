//! Options and failures. By hand: a command-line crate would double what has to be compiled.

use std::collections::HashMap;
use std::str::FromStr;

pub struct Args {
    pub words: Vec<String>,
    options: HashMap<String, Vec<String>>,
}

const FLAGS: &[&str] = &["values", "steps", "expect-echo", "json"];

pub enum Failure {
    /// The other side or the network said no; the text is the crate's display text.
    Remote(String),
    /// An unsuccessful answer, which was printed already.
    Answered,
}

pub type Done<T = ()> = Result<T, Failure>;

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Remote(error.to_string())
    }
}

impl Failure {
    pub fn report_and_exit(self) -> ! {
        if let Failure::Remote(detail) = self {
            let (error, _) = detail.split_once(':').unwrap_or((&detail, ""));
            eprintln!(
                "{}",
                serde_json::json!({"error": error, "code": "remote", "detail": detail})
            );
        }
        std::process::exit(1)
    }
}

pub fn usage_error(why: &str) -> ! {
    eprintln!("ltn-interop-peer: {why}");
    std::process::exit(2)
}

impl Args {
    pub fn parse(raw: Vec<String>) -> Result<Args, String> {
        let mut args = Args {
            words: Vec::new(),
            options: HashMap::new(),
        };
        let mut rest = raw.into_iter();
        while let Some(word) = rest.next() {
            let Some(name) = word.strip_prefix("--") else {
                args.words.push(word);
                continue;
            };
            let value = if FLAGS.contains(&name) {
                "true".to_string()
            } else {
                rest.next()
                    .ok_or_else(|| format!("--{name} wants a value"))?
            };
            args.options
                .entry(name.to_string())
                .or_default()
                .push(value);
        }
        Ok(args)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.every(name).last().map(String::as_str)
    }

    /// All values of an option that may be repeated.
    pub fn every(&self, name: &str) -> &[String] {
        self.options.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    pub fn value<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).map(|text| {
            text.parse()
                .unwrap_or_else(|_| usage_error(&format!("--{name} cannot be {text:?}")))
        })
    }

    pub fn or<T: FromStr>(&self, name: &str, default: T) -> T {
        self.value(name).unwrap_or(default)
    }

    pub fn word(&self, index: usize, what: &str) -> &str {
        match self.words.get(index) {
            Some(word) => word,
            None => usage_error(&format!("{what} is missing")),
        }
    }

    /// 32 bytes from 64 hexadecimal digits; the default is the specification's validator fixture.
    pub fn seed(&self, default: [u8; 32]) -> [u8; 32] {
        let Some(text) = self.text("seed") else {
            return default;
        };
        let mut seed = [0u8; 32];
        if text.len() != 64 || !text.is_ascii() {
            usage_error("--seed wants 64 hexadecimal digits");
        }
        for (index, byte) in seed.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16)
                .unwrap_or_else(|_| usage_error("--seed wants 64 hexadecimal digits"));
        }
        seed
    }
}
