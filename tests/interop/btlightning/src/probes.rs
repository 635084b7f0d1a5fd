//! Cases that a proper client cannot make. Each prints one JSON object with what was seen; judging
//! it is left to the runner, because the crate and `ltn` are meant to differ in some.

use crate::args::{usage_error, Args, Done, Failure};
use crate::wire::{self, Handshake};
use crate::{json, payload, stranger};
use btlightning::HandshakeResponse;
use quinn::Connection;
use serde_json::{json, Value as Json};
use std::net::SocketAddr;
use std::time::Duration;

/// What a synapse brought: "served", the server's refusal, or how the exchange broke.
pub async fn outcome(connection: &Connection) -> String {
    let sent = payload::data(64);
    match wire::synapse(connection, "echo", sent.clone()).await {
        Ok(answer) if answer.success && answer.data == sent => "served".to_string(),
        Ok(answer) => answer.error.unwrap_or_else(|| "a wrong answer".to_string()),
        Err(Failure::Remote(text)) => format!("broken: {text}"),
        Err(Failure::Answered) => "broken".to_string(),
    }
}

pub fn accepted(response: &Done<HandshakeResponse>) -> Json {
    match response {
        Ok(response) => json!(response.accepted),
        Err(Failure::Remote(text)) => json!(format!("broken: {text}")),
        Err(Failure::Answered) => json!("broken"),
    }
}

struct Probe {
    seed: [u8; 32],
    endpoint: quinn::Endpoint,
    target: SocketAddr,
}

impl Probe {
    async fn connect(&self) -> Done<Connection> {
        wire::connect(&self.endpoint, self.target).await
    }

    fn key(&self, number: u8) -> [u8; 32] {
        let mut seed = self.seed;
        seed[31] ^= number;
        seed
    }

    /// A handshake that must fail, what a synapse gives after it, and whether a proper handshake
    /// on the same connection still succeeds.
    async fn refusal(&self, handshake: Handshake) -> Done<Json> {
        let connection = self.connect().await?;
        let refused = accepted(&handshake.run(&connection).await);
        let synapse = outcome(&connection).await;
        let proper = accepted(&Handshake::proper(self.seed).run(&connection).await);
        let seen = json!({"accepted": refused, "synapse": synapse, "proper_afterwards": proper,
            "closed": connection.close_reason().map(|reason| reason.to_string())});
        connection.close(0u32.into(), b"");
        Ok(seen)
    }

    async fn bad_signature(&self) -> Done<Json> {
        let mut cases = json!({});
        let flipped = {
            let connection = self.connect().await?;
            let proper = Handshake::proper(self.seed);
            let mut request = proper.request(&connection)?;
            // Signed for another nonce: a well-formed signature over something else.
            request.nonce = wire::fresh_nonce();
            json!({"accepted": accepted(&wire::send_handshake(&connection, &request).await),
                "synapse": outcome(&connection).await})
        };
        cases["other_message"] = flipped;
        for (name, signature) in [
            ("garbage", vec![0xa5; 64]),
            ("zero", vec![0; 64]),
            ("short", vec![0xa5; 63]),
            ("long", vec![0xa5; 65]),
            ("empty", vec![]),
        ] {
            let handshake = Handshake {
                signature: Some(signature),
                ..Handshake::proper(self.seed)
            };
            cases[name] = self.refusal(handshake).await?;
        }
        let other_key = Handshake {
            seed: self.key(1),
            ..Handshake::proper(self.seed)
        };
        cases["other_key"] = self.refusal(other_key).await?;
        Ok(cases)
    }

    async fn timestamps(&self) -> Done<Json> {
        let mut cases = json!({});
        for offset_secs in [-3600, -310, -300, -290, 0, 55, 70, 3600] {
            let connection = self.connect().await?;
            let handshake = Handshake {
                offset_secs,
                ..Handshake::proper(self.seed)
            };
            cases[offset_secs.to_string()] = json!({
                "accepted": accepted(&handshake.run(&connection).await),
                "synapse": outcome(&connection).await,
            });
            connection.close(0u32.into(), b"");
        }
        Ok(cases)
    }

    async fn replayed_nonce(&self) -> Done<Json> {
        let first = self.connect().await?;
        let proper = Handshake::proper(self.seed);
        let request = proper.request(&first)?;
        let original = accepted(&wire::send_handshake(&first, &request).await);
        let again = accepted(&wire::send_handshake(&first, &request).await);
        let second = self.connect().await?;
        let elsewhere = accepted(&wire::send_handshake(&second, &request).await);
        let nonce = Some(request.nonce.clone());
        let resigned = Handshake {
            nonce,
            ..Handshake::proper(self.seed)
        };
        let resigned = accepted(&resigned.run(&second).await);
        let synapse_elsewhere = outcome(&second).await;
        let served = outcome(&first).await;
        Ok(
            json!({"original": original, "same_connection": again, "other_connection": elsewhere,
            "signed_anew": resigned, "synapse_on_other": synapse_elsewhere,
            "synapse_on_first": served}),
        )
    }

    async fn prefix(&self, args: &Args) -> Done<Json> {
        let mut cases = json!({});
        let prefix: u16 = args.or("prefix", 0);
        let alias = Handshake {
            hotkey: wire::hotkey(self.seed, prefix),
            ..Handshake::proper(self.seed)
        };
        let first = self.connect().await?;
        cases["hotkey"] = json!(alias.hotkey);
        cases["accepted"] = accepted(&alias.run(&first).await);
        cases["synapse"] = json!(outcome(&first).await);
        // The same key in its usual spelling: one identity, so the first connection must go.
        let second = self.connect().await?;
        cases["usual_accepted"] = accepted(&Handshake::proper(self.seed).run(&second).await);
        cases["usual_synapse"] = json!(outcome(&second).await);
        let gone = tokio::time::timeout(Duration::from_secs(2), first.closed()).await;
        cases["first_closed"] = json!(gone.ok().map(|reason| reason.to_string()));
        Ok(cases)
    }

    async fn second_connection(&self) -> Done<Json> {
        let first = self.connect().await?;
        let handshake = accepted(&Handshake::proper(self.seed).run(&first).await);
        let before = outcome(&first).await;
        let second = self.connect().await?;
        let intruder = outcome(&second).await;
        let after = outcome(&first).await;
        Ok(
            json!({"handshake": handshake, "first": before, "second_without_handshake": intruder,
            "first_afterwards": after, "local": self.endpoint.local_addr()?.to_string()}),
        )
    }

    async fn address_change(&self) -> Done<Json> {
        let connection = self.connect().await?;
        let handshake = accepted(&Handshake::proper(self.seed).run(&connection).await);
        let before = outcome(&connection).await;
        let old = self.endpoint.local_addr()?;
        let socket = std::net::UdpSocket::bind(wire::local_for(self.target))?;
        self.endpoint.rebind(socket)?;
        let after = outcome(&connection).await;
        // The path is validated by now, so this one must be served even by a cautious server.
        let later = outcome(&connection).await;
        Ok(
            json!({"handshake": handshake, "before": before, "after": after, "later": later,
            "old": old.to_string(), "new": self.endpoint.local_addr()?.to_string()}),
        )
    }

    async fn several_hotkeys(&self, args: &Args) -> Done<Json> {
        let count: u8 = args.or("count", 3);
        let connection = self.connect().await?;
        let mut handshakes = Vec::new();
        for number in 0..count {
            let handshake = Handshake::proper(self.key(number));
            handshakes.push(accepted(&handshake.run(&connection).await));
        }
        let served = outcome(&connection).await;
        connection.close(0u32.into(), b"");
        tokio::time::sleep(Duration::from_millis(500)).await;
        // As many newcomers as the server has places: only if every record went with the
        // connection are all of them admitted.
        let (mut newcomers, mut held) = (Vec::new(), Vec::new());
        for number in 0..count {
            newcomers.push(match self.connect().await {
                Ok(connection) => {
                    let handshake = Handshake::proper(self.key(count + number));
                    let answer = accepted(&handshake.run(&connection).await);
                    held.push(connection);
                    answer
                }
                Err(Failure::Remote(text)) => json!(format!("broken: {text}")),
                Err(Failure::Answered) => json!("broken"),
            });
        }
        Ok(json!({"handshakes": handshakes, "served": served, "newcomers": newcomers}))
    }

    async fn identity_point(&self) -> Done<Json> {
        self.refusal(Handshake {
            hotkey: wire::IDENTITY_HOTKEY.to_string(),
            signature: Some(wire::forged_signature()),
            ..Handshake::proper(self.seed)
        })
        .await
    }

    async fn half_frames(&self) -> Done<Json> {
        let mut cases = json!({});
        let synapse = wire::frame(wire::SYNAPSE, &[0x93, 0xa4]);
        let frames: [(&str, Vec<u8>); 7] = [
            ("nothing", vec![]),
            ("half_header", vec![wire::SYNAPSE, 0, 0]),
            ("half_payload", synapse[..6].to_vec()),
            ("unknown_type", vec![0x7f, 0, 0, 0, 0]),
            ("answer_type", wire::frame(wire::SYNAPSE_RESPONSE, &[0xc0])),
            ("too_long", vec![wire::SYNAPSE, 0xff, 0xff, 0xff, 0xff]),
            ("undecodable", wire::frame(wire::SYNAPSE, &[0xc1])),
        ];
        for stage in ["before", "after"] {
            let connection = self.connect().await?;
            if stage == "after" {
                cases["handshake"] = accepted(&Handshake::proper(self.seed).run(&connection).await);
            }
            let mut seen = json!({});
            for (name, bytes) in &frames {
                seen[name] = match wire::exchange_raw(&connection, bytes).await {
                    Ok(bytes) => json!({"answer_bytes": bytes.len(),
                        "text": String::from_utf8_lossy(&bytes)}),
                    Err(Failure::Remote(text)) => json!({"broken": text}),
                    Err(Failure::Answered) => json!({"broken": ""}),
                };
            }
            if let Ok((mut send, _recv)) = connection.open_bi().await {
                let _ = send.write_all(&synapse[..6]).await;
                let _ = send.reset(9u32.into());
            }
            if stage == "before" {
                // Half a handshake must not hold anybody else up.
                let other = self.connect().await?;
                let handshake = Handshake::proper(self.key(1));
                seen["other_handshake"] = accepted(&handshake.run(&other).await);
                seen["other_served"] = json!(outcome(&other).await);
            } else {
                seen["still_served"] = json!(outcome(&connection).await);
            }
            cases[stage] = seen;
        }
        Ok(cases)
    }

    /// What each offer of protocols comes to. Of two, the original must be found as second too.
    async fn alpn(&self) -> Done<Json> {
        let mut cases = json!({});
        for (name, offer) in [
            ("original", vec!["btlightning"]),
            ("future_first", vec!["btlightning/9", "btlightning"]),
            ("future_last", vec!["btlightning", "btlightning/9"]),
            ("other", vec!["h3"]),
            ("none", vec![]),
        ] {
            let endpoint = wire::endpoint_offering(self.target, &offer)?;
            cases[name] = match wire::connect(&endpoint, self.target).await {
                Ok(connection) => {
                    let chosen = wire::protocol(&connection);
                    let handshake = Handshake::proper(self.seed).run(&connection).await;
                    let seen = json!({"chosen": chosen, "accepted": accepted(&handshake),
                        "synapse": outcome(&connection).await});
                    connection.close(0u32.into(), b"");
                    seen
                }
                Err(Failure::Remote(text)) => json!({"refused": text}),
                Err(Failure::Answered) => json!({"refused": ""}),
            };
        }
        Ok(cases)
    }
}

pub async fn run(args: &Args) -> Done {
    let name = args.word(0, "PROBE");
    let Ok(target) = args.word(1, "HOST:PORT").parse() else {
        usage_error("raw wants IP:PORT");
    };
    let probe = Probe {
        seed: args.seed([2; 32]),
        endpoint: wire::endpoint(target)?,
        target,
    };
    let seen = match name {
        "bad-signature" => probe.bad_signature().await?,
        "timestamps" => probe.timestamps().await?,
        "replayed-nonce" => probe.replayed_nonce().await?,
        "prefix" => probe.prefix(args).await?,
        "second-connection" => probe.second_connection().await?,
        "address-change" => probe.address_change().await?,
        "several-hotkeys" => probe.several_hotkeys(args).await?,
        "identity-point" => probe.identity_point().await?,
        "half-frames" => probe.half_frames().await?,
        "alpn" => probe.alpn().await?,
        "stranger" => stranger::flood(&probe.endpoint, target, args).await?,
        other => usage_error(&format!("unknown probe {other:?}")),
    };
    json::print(&seen);
    probe.endpoint.close(0u32.into(), b"");
    let _ = tokio::time::timeout(Duration::from_secs(1), probe.endpoint.wait_idle()).await;
    Ok(())
}
