//! The protocol spoken directly through quinn, for what a proper client never does.

use crate::args::{Args, Done};
use crate::json::{self, Data};
use base64::{prelude::BASE64_STANDARD, Engine};
use btlightning::{HandshakeRequest, HandshakeResponse, SynapsePacket, SynapseResponse};
use quinn::{ClientConfig, Connection, Endpoint};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use serde_json::json;
use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};
use sp_core::{blake2_256, sr25519, Pair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The all-zero public key: anybody can sign for it where it is not refused.
pub const IDENTITY_HOTKEY: &str = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM";
pub const HANDSHAKE_REQUEST: u8 = 1;
pub const HANDSHAKE_RESPONSE: u8 = 2;
pub const SYNAPSE: u8 = 3;
pub const SYNAPSE_RESPONSE: u8 = 4;

/// Longest wait for anything on the wire: a probe must end even if the server never answers.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub fn hotkey(seed: [u8; 32], prefix: u16) -> String {
    let public = sr25519::Pair::from_seed(&seed).public();
    public.to_ss58check_with_version(Ss58AddressFormat::custom(prefix))
}

/// R and s zero, with the marker bit of the scheme: valid for the identity point.
pub fn forged_signature() -> Vec<u8> {
    let mut signature = vec![0u8; 64];
    signature[63] = 0x80;
    signature
}

pub fn print_key(args: &Args) -> Done {
    let seed = args.seed([2; 32]);
    json::print(&json!({"hotkey": hotkey(seed, args.or("prefix", 42))}));
    Ok(())
}

pub fn now_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// Takes any certificate, as the crate does.
#[derive(Debug)]
pub struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

pub fn endpoint(toward: SocketAddr) -> Done<Endpoint> {
    endpoint_offering(toward, &["btlightning"])
}

pub fn endpoint_offering(toward: SocketAddr, protocols: &[&str]) -> Done<Endpoint> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    tls.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let quic = quinn::crypto::rustls::QuicClientConfig::try_from(tls)?;
    let mut config = ClientConfig::new(Arc::new(quic));
    let mut transport = quinn::TransportConfig::default();
    // The stranger must be able to offer as much as the server lets it.
    transport.send_window(1 << 32);
    transport.keep_alive_interval(Some(Duration::from_secs(1)));
    config.transport_config(Arc::new(transport));
    let mut endpoint = Endpoint::client(local_for(toward))?;
    endpoint.set_default_client_config(config);
    Ok(endpoint)
}

pub fn local_for(toward: SocketAddr) -> SocketAddr {
    match toward {
        SocketAddr::V4(_) => SocketAddr::from(([127, 0, 0, 1], 0)),
        SocketAddr::V6(_) => "[::1]:0".parse().unwrap(),
    }
}

pub async fn connect(endpoint: &Endpoint, to: SocketAddr) -> Done<Connection> {
    let connecting = endpoint.connect(to, &to.ip().to_string())?;
    Ok(tokio::time::timeout(PATIENCE, connecting).await??)
}

/// The protocol that both sides settled on.
pub fn protocol(connection: &Connection) -> Option<String> {
    let data = connection
        .handshake_data()?
        .downcast::<quinn::crypto::rustls::HandshakeData>()
        .ok()?;
    Some(String::from_utf8_lossy(&data.protocol?).into_owned())
}

pub fn certificate(connection: &Connection) -> Done<CertificateDer<'static>> {
    let chain = connection
        .peer_identity()
        .and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok())
        .ok_or("the server presented no certificate")?;
    Ok(chain.first().ok_or("the server's chain is empty")?.clone())
}

/// What a handshake request may deviate in.
pub struct Handshake {
    pub seed: [u8; 32],
    pub hotkey: String,
    pub offset_secs: i64,
    pub nonce: Option<String>,
    pub signature: Option<Vec<u8>>,
}

impl Handshake {
    pub fn proper(seed: [u8; 32]) -> Handshake {
        let hotkey = hotkey(seed, 42);
        Handshake {
            seed,
            hotkey,
            offset_secs: 0,
            nonce: None,
            signature: None,
        }
    }

    pub fn request(&self, connection: &Connection) -> Done<HandshakeRequest> {
        let fingerprint = BASE64_STANDARD.encode(blake2_256(&certificate(connection)?));
        let timestamp = now_secs().saturating_add_signed(self.offset_secs);
        let nonce = self.nonce.clone().unwrap_or_else(fresh_nonce);
        let message = format!(
            "handshake:{}:{timestamp}:{nonce}:{fingerprint}",
            self.hotkey
        );
        let signature = self.signature.clone().unwrap_or_else(|| {
            sr25519::Pair::from_seed(&self.seed)
                .sign(message.as_bytes())
                .0
                .to_vec()
        });
        Ok(HandshakeRequest {
            validator_hotkey: self.hotkey.clone(),
            timestamp,
            nonce,
            signature: BASE64_STANDARD.encode(signature),
        })
    }

    pub async fn run(&self, connection: &Connection) -> Done<HandshakeResponse> {
        send_handshake(connection, &self.request(connection)?).await
    }
}

pub fn fresh_nonce() -> String {
    let (pair, _) = sr25519::Pair::generate();
    pair.public().0[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub async fn send_handshake(
    connection: &Connection,
    request: &HandshakeRequest,
) -> Done<HandshakeResponse> {
    let payload = rmp_serde::to_vec(request)?;
    let (kind, answer) = exchange(connection, HANDSHAKE_REQUEST, &payload).await?;
    if kind != HANDSHAKE_RESPONSE {
        Err(format!("frame type {kind} in answer to a handshake"))?;
    }
    Ok(rmp_serde::from_slice(&answer)?)
}

pub async fn synapse(connection: &Connection, name: &str, data: Data) -> Done<SynapseResponse> {
    let packet = SynapsePacket {
        synapse_type: name.to_string(),
        data,
        timestamp: now_secs(),
    };
    let (kind, answer) = exchange(connection, SYNAPSE, &rmp_serde::to_vec(&packet)?).await?;
    if kind != SYNAPSE_RESPONSE {
        Err(format!("frame type {kind} in answer to a synapse"))?;
    }
    Ok(rmp_serde::from_slice(&answer)?)
}

pub fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    frame.extend((payload.len() as u32).to_be_bytes());
    frame.extend(payload);
    frame
}

pub async fn exchange(connection: &Connection, kind: u8, payload: &[u8]) -> Done<(u8, Vec<u8>)> {
    let bytes = exchange_raw(connection, &frame(kind, payload)).await?;
    match bytes.split_first_chunk::<5>() {
        None => Err(format!("stream closed after {} of 5 bytes", bytes.len()))?,
        Some((header, rest)) => {
            let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
            if rest.len() < length {
                Err(format!(
                    "stream closed after {} of {length} bytes",
                    rest.len()
                ))?;
            }
            Ok((header[0], rest[..length].to_vec()))
        }
    }
}

/// Writes exactly these bytes and FIN, and returns whatever the server sends until its FIN.
pub async fn exchange_raw(connection: &Connection, bytes: &[u8]) -> Done<Vec<u8>> {
    let exchange = async {
        let (mut send, mut recv) = connection.open_bi().await?;
        send.write_all(bytes).await?;
        send.finish()?;
        Done::Ok(recv.read_to_end(128 << 20).await?)
    };
    tokio::time::timeout(PATIENCE, exchange).await?
}
