//! Drives the public `btlightning` crate from a command line, for the interoperability tests.
//! Speaks JSON lines on stdout, in the forms that `ltn` uses, so that one runner can read both.

mod admission;
mod args;
mod bench;
mod call;
#[cfg(not(feature = "oldest"))]
mod conformance;
mod idle;
mod json;
mod mitm;
mod payload;
mod probes;
mod serve;
mod stranger;
mod stream;
mod values;
mod wire;

use args::Args;

const USAGE: &str = "usage: ltn-interop-peer <command> [options]
  serve   --listen HOST:PORT [--seed HEX] [--signer plain|garbage|short|slow:MS|identity]
          [--handler-timeout-secs N] [--require-address-validation true|false]
          [--max-handshake-attempts-per-minute N] [--max-frame-payload-bytes N]
          [--max-connections N] [--idle-timeout-secs N] [--keep-alive-interval-secs N]
          [--require-validator-permit true|false] [--permit HOTKEY]...
          [--enforce-source-allowlist true|false] [--source ADDRESS|bypass]...
  call    HOST:PORT HOTKEY[,HOTKEY...] TYPE
          [--data JSON | --data-file F | --payload N | --values]
          [--seed HEX] [--signer ...] [--timeout-secs S] [--repeat N] [--inflight K] [--steps]
          [--expect-echo] [--idle-timeout-secs N] [--keep-alive-interval-secs N]
          [--max-frame-payload-bytes N] [--stream-chunk-timeout-ms N]
  stream  HOST:PORT HOTKEY TYPE [--data JSON] [--take N] and what `call` has
  bench   HOST:PORT HOTKEY [--payload N] [--inflight K] [--seconds S] [--connect N] [--stream N]
          [--seed HEX]
  raw     PROBE HOST:PORT [--seed HEX] ...    one JSON object with what was seen
  idle    HOST:PORT [--count N] [--sockets N] [--at-once N] [--keep-alive-interval-secs N]
          [--idle-timeout-secs N] [--seed HEX]    keeps connections; a line on stdin checks them
  mitm    --listen HOST:PORT --upstream HOST:PORT [--chain foreign|foreign,own|own,foreign]
  conformance                                 a driver of tests/conformance
  key     [--seed HEX] [--prefix N]           hotkey text
  values  the JSON form of the table of values";

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let args = match Args::parse(words.collect()) {
        Ok(args) => args,
        Err(why) => args::usage_error(&why),
    };
    let done = match command.as_str() {
        "serve" => serve::run(&args).await,
        "call" => call::run(&args).await,
        "stream" => stream::run(&args).await,
        "bench" => bench::run(&args).await,
        "raw" => probes::run(&args).await,
        "idle" => idle::run(&args).await,
        "mitm" => mitm::run(&args).await,
        "key" => wire::print_key(&args),
        #[cfg(not(feature = "oldest"))]
        "conformance" => conformance::run().await,
        "values" => {
            json::print(&json::from_map(&values::reachable_from_json()));
            Ok(())
        }
        "" | "help" | "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        other => args::usage_error(&format!("unknown command {other:?}\n{USAGE}")),
    };
    if let Err(failure) = done {
        failure.report_and_exit();
    }
}
