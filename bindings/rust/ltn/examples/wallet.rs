//! Writes an encrypted key file in a wallet's layout, and opens it again:
//!
//!     wallet FOLDER
use std::error::Error;

use ltn::{Code, Wallet, WriteOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args().nth(1).ok_or("usage: wallet FOLDER")?;
    let seed = ltn::generate_seed()?;
    let options = WriteOptions { encrypt: true, companion: true, ..Default::default() };
    Wallet::named(&root, "default", "miner")?.password("correct horse").write(&seed, options)?;

    // The public side needs no password.
    println!("hotkey: {}", Wallet::named(&root, "default", "miner")?.public_key()?);

    // Nothing ever prompts: the password is given, in a file, in the environment, or asked of a closure.
    let wrong = Wallet::named(&root, "default", "miner")?.password("wrong").open();
    assert_eq!(wrong.map(drop).unwrap_err().code(), Code::PASSWORD);
    let identity = Wallet::named(&root, "default", "miner")?
        .ask(|_path| Some(b"correct horse".to_vec()), None)
        .open()?;
    println!("opened: {}", identity.hotkey());
    Ok(())
}
