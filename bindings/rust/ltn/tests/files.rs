//! Key files, wallets and configuration.
mod rig;

use std::path::PathBuf;

use ltn::{Client, Code, Config, Identity, Runtime, Wallet, WriteOptions};
use rig::code;

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_key_file_is_written_once_and_read_again() {
    let path = folder("plain").join("key");
    ltn::write_key_file(&path, &[1; 32], false).unwrap();
    assert_eq!(Identity::from_key_file(&path).unwrap().hotkey(), rig::identity(1).hotkey());
    assert_eq!(code(ltn::write_key_file(&path, &[2; 32], false)), Code::IO);
    ltn::write_key_file(&path, &[2; 32], true).unwrap();
    assert_eq!(Identity::from_key_file(&path).unwrap().hotkey(), rig::identity(2).hotkey());
    assert_eq!(Identity::from_key_file(&path).unwrap().warning(), None);
    assert_eq!(code(Identity::from_key_file(path.with_extension("none"))), Code::IO);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let path = folder("open").join("key");
    ltn::write_key_file(&path, &[1; 32], false).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Identity::from_key_file(&path).unwrap().warning().is_some());
}

#[test]
fn a_plain_wallet_needs_no_password_and_asks_for_none() {
    let root = folder("wallets");
    Wallet::named(&root, "w", "h").unwrap().write(&[1; 32], WriteOptions::default()).unwrap();
    let mut asked = false;
    let wallet = Wallet::named(&root, "w", "h").unwrap().ask(
        |_| {
            asked = true;
            None
        },
        None,
    );
    assert_eq!(wallet.open().unwrap().hotkey(), rig::identity(1).hotkey());
    assert!(!asked);
    let file = Wallet::file(root.join("w/hotkeys/h")).unwrap();
    assert_eq!(file.public_key().unwrap(), rig::identity(1).hotkey());
}

#[test]
fn a_closure_that_refuses_or_panics_leaves_the_wallet_closed() {
    let root = folder("refused");
    // What makes a file an encrypted one is its head; refused passwords are not even tried.
    std::fs::write(root.join("key"), [b"$NACL".as_slice(), &[7; 200]].concat()).unwrap();
    let open = |ask: fn(&str) -> Option<Vec<u8>>| {
        Wallet::file(root.join("key")).unwrap().ask(ask, None).open()
    };
    assert_eq!(code(open(|_| None)), Code::PASSWORD);
    let silence = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let panicked = open(|_| panic!("in the prompt"));
    std::panic::set_hook(silence);
    assert_eq!(code(panicked), Code::PASSWORD);
}

#[test]
fn settings_of_a_file_count_unless_code_says_otherwise() {
    let path = folder("config").join("ltn.toml");
    std::fs::write(&path, "[client]\nmax_calls = 7\nconnect_timeout_ms = 500\n").unwrap();
    let config = Config::load(&path).unwrap();
    config.check().unwrap();
    let (value, origin) = config.get("client", "max_calls").unwrap().unwrap();
    assert_eq!(value, "7");
    assert!(origin.ends_with("ltn.toml:2"), "{origin}");
    assert_eq!(config.get("client", "max_connections").unwrap(), None);
    let runtime = Runtime::builder().unwrap().config(&config).unwrap().build().unwrap();
    let client = Client::on(&runtime, &rig::identity(2)).unwrap();
    client.config(&config).unwrap().set("max_calls", 8).unwrap();
    std::fs::write(&path, "[client]\nno_such = 7\n").unwrap();
    assert_eq!(code(Config::load(&path).map(drop)), Code::UNKNOWN_OPTION);
}
