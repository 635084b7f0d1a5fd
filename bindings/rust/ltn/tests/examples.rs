//! The programs of the README, run as a user runs them, and the README against their text.
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

fn program(name: &str) -> Command {
    // target/debug/deps/<this> beside target/debug/examples/<name>
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    Command::new(path.join("examples").join(name))
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take()); // the end of its input is what ends it
        assert!(self.0.wait().unwrap().success());
    }
}

fn server() -> (Running, String, String) {
    let mut child = program("server").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (address, hotkey) = line.trim().split_once(' ').unwrap();
    (Running(child), address.to_owned(), hotkey.to_owned())
}

fn lines(output: Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_client_prints_what_the_server_answers() {
    let (_server, address, hotkey) = server();
    let output = program("client").args([&"07".repeat(32), &address, &hotkey, "grüße"]).output();
    assert_eq!(lines(output.unwrap()), ["answer: grüße"]);
}

#[test]
fn the_stream_prints_its_chunks() {
    let (_server, address, hotkey) = server();
    let output = program("stream").args([&address, &hotkey]).output().unwrap();
    let expected: Vec<_> = (1..=5).map(|number| format!("chunk: {number}")).collect();
    assert_eq!(lines(output), expected);
}

#[test]
fn the_signer_proves_a_key_that_its_process_does_not_hold() {
    let (_server, address, hotkey) = server();
    let output = program("signer").args([&address, &hotkey]).output().unwrap();
    let came = lines(output);
    assert!(came.len() == 1 && came[0].ends_with(&format!("to {address}")), "{came:?}");
}

#[test]
fn the_wallet_opens_what_it_wrote() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("wallets");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let came = lines(program("wallet").arg(&folder).output().unwrap());
    assert_eq!(came[0].replace("hotkey", "opened"), came[1]);
}

#[test]
fn a_client_with_the_wrong_hotkey_says_so_in_one_line() {
    let (_server, address, _) = server();
    let other = ltn::Identity::from_seed(&[9; 32]).unwrap().hotkey().to_string();
    let output = program("client").args([&"07".repeat(32), &address, &other]).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn the_readme_shows_the_programs_as_they_are() {
    let readme = include_str!("../README.md");
    for text in [
        include_str!("../examples/client.rs"),
        include_str!("../examples/server.rs"),
        include_str!("../examples/stream.rs"),
        include_str!("../examples/signer.rs"),
        include_str!("../examples/wallet.rs"),
    ] {
        let shown = readme.split("```").any(|block| block == format!("rust,no_run\n{text}"));
        assert!(shown, "the README lacks a program, or has an older one:\n{text}");
    }
}
