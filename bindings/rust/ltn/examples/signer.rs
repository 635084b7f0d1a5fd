//! A key that this process never sees: something else signs, and takes its time:
//!
//!     signer HOST:PORT HOTKEY
use std::error::Error;
use std::sync::mpsc;
use std::time::Duration;

use ltn::{BoxError, Bytes, Client, Hotkey, Identity, Peer, Signer};

/// Stands for a device on a cable: one question at a time, answered by a thread of its own.
struct Device {
    hotkey: Hotkey,
    questions: mpsc::Sender<(Bytes, tokio::sync::oneshot::Sender<[u8; 64]>)>,
}

impl Device {
    fn plug_in() -> Result<Device, Box<dyn Error>> {
        // Inside the device.
        let secret = Identity::from_seed(&ltn::generate_seed()?)?;
        let hotkey = secret.hotkey();
        let (questions, asked) = mpsc::channel::<(Bytes, tokio::sync::oneshot::Sender<_>)>();
        std::thread::spawn(move || {
            for (message, answer) in asked {
                std::thread::sleep(Duration::from_millis(50)); // somebody presses a button
                if let Ok(signature) = secret.sign(&message) {
                    let _ = answer.send(signature);
                }
            }
        });
        Ok(Device { hotkey, questions })
    }
}

impl Signer for Device {
    fn public_key(&self) -> Hotkey {
        self.hotkey
    }

    // What comes back is verified before use; an error, a wrong answer and no answer within
    // `signer_timeout_ms` end the handshake with a clear text.
    async fn sign(&self, message: Bytes) -> Result<[u8; 64], BoxError> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.questions.send((message, answer))?;
        Ok(answered.await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, hotkey] = &arguments[..] else {
        return Err("usage: signer HOST:PORT HOTKEY".into());
    };
    let host = tokio::runtime::Handle::current();
    let identity = Identity::from_signer_on(Device::plug_in()?, move |task| {
        host.spawn(task);
    })?;
    let client = Client::new(&identity)?;
    client.start()?;
    let peer = Peer::at(hotkey.parse()?, address)?;
    let connection = client.connect(&peer, None)?.await?;
    println!("proved {} to {}", identity.hotkey(), connection.address.unwrap_or_default());
    client.close()?.await?;
    Ok(())
}
