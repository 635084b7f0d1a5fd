//! The relay of the man in the middle: presents the real server's certificate, signs with a key of
//! its own, passes both handshake frames on unchanged and alters what it relays afterwards. Works
//! on any client that does not check the TLS CertificateVerify signature.

use crate::args::{usage_error, Args, Done};
use crate::{json, wire};
use btlightning::SynapseResponse;
use quinn::{Connection, Endpoint, RecvStream, SendStream, ServerConfig};
use rmpv::Value;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::signal::unix::{signal, SignalKind};

#[derive(Debug)]
struct Copied(Arc<CertifiedKey>);

impl ResolvesServerCert for Copied {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// DER of the object identifier 1.3.101.112: then our own key must be Ed25519 as well, so that
/// nothing but the signature itself tells the relay from the server.
const ED25519_OID: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

fn forged_chain(copied: CertificateDer<'static>, chain: &str) -> Done<CertifiedKey> {
    let ed25519 = copied
        .windows(ED25519_OID.len())
        .any(|window| window == ED25519_OID);
    let own = match ed25519 {
        true => rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)?,
        false => rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?,
    };
    let own_certificate = rcgen::CertificateParams::new(vec!["localhost".into()])?
        .self_signed(&own)?
        .der()
        .clone();
    let certificates = match chain {
        "foreign" => vec![copied],
        "foreign,own" => vec![copied, own_certificate],
        "own,foreign" => vec![own_certificate, copied],
        other => usage_error(&format!("--chain cannot be {other:?}")),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let key = rustls::crypto::ring::sign::any_supported_type(&key)?;
    Ok(CertifiedKey::new(certificates, key))
}

pub async fn run(args: &Args) -> Done {
    let (Some(listen), Some(upstream)) = (
        args.value::<SocketAddr>("listen"),
        args.value::<SocketAddr>("upstream"),
    ) else {
        usage_error("mitm wants --listen and --upstream");
    };
    let dialler = wire::endpoint(upstream)?;
    let first = wire::connect(&dialler, upstream).await?;
    let certified = forged_chain(
        wire::certificate(&first)?,
        args.text("chain").unwrap_or("foreign"),
    )?;
    first.close(0u32.into(), b"");

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Copied(Arc::new(certified))));
    tls.alpn_protocols = vec![b"btlightning".to_vec()];
    let quic = quinn::crypto::rustls::QuicServerConfig::try_from(tls)?;
    let endpoint = Endpoint::server(ServerConfig::with_crypto(Arc::new(quic)), listen)?;
    json::print(&json!({"event": "ready", "address": endpoint.local_addr()?.to_string()}));

    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            _ = terminate.recv() => None,
        };
        let Some(incoming) = incoming else { break };
        let dialler = dialler.clone();
        tokio::spawn(async move {
            match incoming.await {
                Ok(client) => {
                    json::print(&json!({"event": "tls_accepted"}));
                    if let Ok(server) = wire::connect(&dialler, upstream).await {
                        relay(client, server).await;
                    }
                }
                Err(why) => {
                    json::print(&json!({"event": "tls_refused", "why": why.to_string()}));
                }
            }
        });
    }
    endpoint.close(0u32.into(), b"");
    Ok(())
}

async fn relay(client: Connection, server: Connection) {
    while let Ok((send, recv)) = client.accept_bi().await {
        let server = server.clone();
        tokio::spawn(async move {
            if relay_stream(send, recv, &server).await.is_err() {
                json::print(&json!({"event": "relay_broken"}));
            }
        });
    }
    server.close(0u32.into(), b"");
}

async fn relay_stream(mut send: SendStream, mut recv: RecvStream, server: &Connection) -> Done {
    let request = recv.read_to_end(8 << 20).await?;
    let kind = request.first().copied().unwrap_or(0);
    json::print(&json!({"event": "relayed", "type": kind}));
    let mut answer = wire::exchange_raw(server, &request).await?;
    if answer.first() == Some(&wire::SYNAPSE_RESPONSE) {
        let mut response: SynapseResponse = rmp_serde::from_slice(&answer[5..])?;
        response
            .data
            .insert("altered".to_string(), Value::from(true));
        answer = wire::frame(wire::SYNAPSE_RESPONSE, &rmp_serde::to_vec(&response)?);
    }
    send.write_all(&answer).await?;
    send.finish()?;
    Ok(())
}
