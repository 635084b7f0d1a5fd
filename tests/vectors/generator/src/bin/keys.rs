//! Writes the vectors for keys, signatures, transcripts, addresses and phrases with the
//! implementations that the rest of the network uses. Every verdict is asked of them, except where
//! a line says that we are stricter on purpose.
//!
//! usage: keys DIRECTORY

use std::fmt::Write as _;

use blake2::{Blake2b512, Digest};
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;
use rand_core::{CryptoRng, RngCore};
use schnorrkel::context::{attach_rng, SigningContext};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, PublicKey, SecretKey, Signature};

/// The "randomness" that makes signatures reproducible.
struct ZeroRng;

impl RngCore for ZeroRng {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.fill(0);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        dest.fill(0);
        Ok(())
    }
}

impl CryptoRng for ZeroRng {}

/// splitmix64: the files must come out the same every time.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap()
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        self.next() as u32
    }
    fn next_u64(&mut self) -> u64 {
        self.next()
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.iter_mut().for_each(|b| *b = self.next() as u8);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Stream {}

fn hex_or_dash(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "-".into()
    } else {
        hex::encode(bytes)
    }
}

fn keypair(seed: &[u8; 32]) -> Keypair {
    MiniSecretKey::from_bytes(seed)
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519)
}

fn secret_bytes(pair: &Keypair) -> [u8; 64] {
    // to_bytes keeps the scalar divided by the cofactor.
    pair.secret.to_bytes()
}

/// Signs without chance, so that the files come out the same every time.
fn sign(pair: &Keypair, transcript: Transcript) -> [u8; 64] {
    pair.sign(attach_rng(transcript, ZeroRng)).to_bytes()
}

fn accepts(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (PublicKey::from_bytes(key), Signature::from_bytes(signature))
    else {
        return false;
    };
    key.verify(SigningContext::new(b"substrate").bytes(message), &signature)
        .is_ok()
}

struct Signatures {
    out: String,
}

impl Signatures {
    fn verify(&mut self, class: &str, key: &[u8], message: &[u8], signature: &[u8]) {
        let verdict = if accepts(key, message, signature) {
            "good"
        } else {
            "bad"
        };
        self.line(verdict, class, key, message, signature);
    }
    fn bad(&mut self, class: &str, key: &[u8], message: &[u8], signature: &[u8]) {
        assert!(!accepts(key, message, signature), "{class}");
        self.line("bad", class, key, message, signature);
    }
    fn line(&mut self, verdict: &str, class: &str, key: &[u8], message: &[u8], signature: &[u8]) {
        writeln!(
            self.out,
            "verify {verdict} {class} {} {} {}",
            hex::encode(key),
            hex_or_dash(message),
            hex_or_dash(signature)
        )
        .unwrap();
    }
}

const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// 2^255 - 19.
fn field_prime() -> [u8; 32] {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
}

fn add(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut carry = 0u16;
    std::array::from_fn(|i| {
        carry += u16::from(a[i]) + u16::from(b[i]);
        let byte = carry as u8;
        carry >>= 8;
        byte
    })
}

fn subtract(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut borrow = 0i16;
    std::array::from_fn(|i| {
        let d = i16::from(a[i]) - i16::from(b[i]) - borrow;
        borrow = i16::from(d < 0);
        d as u8
    })
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    copy[bit / 8] ^= 1 << (bit % 8);
    copy
}

/// A signature whose R and spelling of the key are whatever the caller says and whose s is k*a: right
/// for R = identity.
fn with_fixed_r(pair: &Keypair, key: &[u8], message: &[u8], r: &[u8; 32]) -> [u8; 64] {
    let mut t = Transcript::new(b"SigningContext");
    t.append_message(b"", b"substrate");
    t.append_message(b"sign-bytes", message);
    t.append_message(b"proto-name", b"Schnorr-sig");
    t.append_message(b"sign:pk", key);
    t.append_message(b"sign:R", r);
    let mut wide = [0; 64];
    t.challenge_bytes(b"sign:c", &mut wide);
    let k = Scalar::from_bytes_mod_order_wide(&wide);
    let a = Scalar::from_canonical_bytes(secret_bytes(pair)[..32].try_into().unwrap()).unwrap();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(r);
    signature[32..].copy_from_slice(&(k * a).to_bytes());
    signature[63] |= 0x80;
    signature
}

fn signatures() -> String {
    let mut rng = Stream(1);
    let mut file = Signatures { out: String::new() };
    file.out.push_str(
        "# sign SEED SECRET KEY MESSAGE SIGNATURE        (randomness: 32 zero bytes)\n\
         # verify good|bad CLASS KEY MESSAGE SIGNATURE   (\"-\" is an empty field)\n",
    );
    for i in 0..120usize {
        let seed: [u8; 32] = if i < 4 { [i as u8; 32] } else { rng.array() };
        // The first lengths walk over the edges of the sponge's blocks.
        let len = if i < 4 {
            i
        } else if i < 60 {
            90 + 3 * i
        } else {
            rng.below(600)
        };
        let message = rng.bytes(len);
        let pair = keypair(&seed);
        let context = SigningContext::new(b"substrate");
        let signature = sign(&pair, context.bytes(&message));
        writeln!(
            file.out,
            "sign {} {} {} {} {}",
            hex::encode(seed),
            hex::encode(secret_bytes(&pair)),
            hex::encode(pair.public.to_bytes()),
            hex_or_dash(&message),
            hex::encode(signature)
        )
        .unwrap();
    }
    for i in 0..12usize {
        let pair = keypair(&rng.array());
        let key = pair.public.to_bytes();
        let len = rng.below(200) + 1;
        let message = rng.bytes(len);
        let context = SigningContext::new(b"substrate");
        let good = pair
            .sign(attach_rng(context.bytes(&message), Stream(1000 + i as u64)))
            .to_bytes();
        let r: [u8; 32] = good[..32].try_into().unwrap();
        let s: [u8; 32] = good[32..].try_into().unwrap();
        file.verify("plain", &key, &message, &good);

        file.bad("marker_cleared", &key, &message, &flipped(&good, 511));
        let mut more = s;
        for _ in 0..(1 + i % 7) {
            more = add(&more, &GROUP_ORDER);
        }
        file.bad("s_plus_multiple_of_l", &key, &message, &[r, more].concat());
        file.bad("bit_in_r", &key, &message, &flipped(&good, rng.below(256)));
        file.bad(
            "bit_in_s",
            &key,
            &message,
            &flipped(&good, 256 + rng.below(252)),
        );
        let position = rng.below(8 * message.len());
        file.bad("bit_in_message", &key, &flipped(&message, position), &good);
        file.bad(
            "bit_in_key",
            &flipped(&key, rng.below(256)),
            &message,
            &good,
        );
        file.bad(
            "message_longer",
            &key,
            &[&message[..], &[0]].concat(),
            &good,
        );
        file.bad(
            "key_negated",
            &subtract(&field_prime(), &key),
            &message,
            &good,
        );
        file.bad("key_high_bit", &flipped(&key, 255), &message, &good);
        file.bad(
            "other_key",
            &keypair(&rng.array()).public.to_bytes(),
            &message,
            &good,
        );
        file.bad("63_bytes", &key, &message, &good[..63]);
        file.bad("65_bytes", &key, &message, &[&good[..], &[0x80]].concat());
        let other = SigningContext::new(b"Substrate").bytes(&message);
        file.bad("other_context", &key, &message, &sign(&pair, other));
        let mut labelled = Transcript::new(b"SigningContext");
        labelled.append_message(b"context", b"substrate");
        labelled.append_message(b"sign-bytes", &message);
        file.bad("labelled_context", &key, &message, &sign(&pair, labelled));
        let wrapped = [b"<Bytes>", &message[..], b"</Bytes>"].concat();
        let signature = sign(&pair, context.bytes(&wrapped));
        file.bad("wrapped_message", &key, &message, &signature);
        let mut zero_s = good;
        zero_s[32..].fill(0);
        zero_s[63] = 0x80;
        file.bad("zero_s", &key, &message, &zero_s);

        // The signer may choose a nonce of zero; R is then the identity and the signature holds.
        let signature = with_fixed_r(&pair, &key, &message, &[0; 32]);
        file.verify("identity_r", &key, &message, &signature);
        // The same point in another spelling is never what an encoder writes.
        let signature = with_fixed_r(&pair, &key, &message, &field_prime());
        file.bad("identity_r_not_canonical", &key, &message, &signature);
        // A second spelling of the key would be a second name for it, so its owner might sign one.
        let high_bit = flipped(&key, 255);
        let signature = with_fixed_r(&pair, &high_bit, &message, &[0; 32]);
        file.bad("key_high_bit_signed", &high_bit, &message, &signature);
        let negated = subtract(&field_prime(), &key);
        let signature = with_fixed_r(&pair, &negated, &message, &[0; 32]);
        file.bad("key_negated_signed", &negated, &message, &signature);
    }
    let message = b"anything at all";
    let mut nothing = [0; 64];
    nothing[63] = 0x80;
    // Stricter on purpose: the reference accepts this one for every message.
    assert!(accepts(&[0; 32], message, &nothing));
    file.line("bad", "identity_key", &[0; 32], message, &nothing);
    file.line("bad", "identity_key", &[0; 32], b"", &nothing);
    let pair = keypair(&[7; 32]);
    let good = sign(&pair, SigningContext::new(b"substrate").bytes(message));
    file.bad("identity_key_other_signature", &[0; 32], message, &good);
    file.bad(
        "identity_key_not_canonical",
        &field_prime(),
        message,
        &nothing,
    );
    let mut two_more = field_prime();
    two_more[0] += 2;
    file.bad("key_above_prime", &two_more, message, &good);
    file.bad("key_all_ones", &[0xff; 32], message, &good);
    file.bad("key_not_on_curve", &flipped(&[0; 32], 3), message, &good);
    let mut one = [0; 32];
    one[0] = 1;
    file.bad("key_odd", &one, message, &good);
    file.bad("empty_signature", &pair.public.to_bytes(), message, &[]);
    let exactly_l: Vec<u8> = [
        &[0; 32][..],
        &add(&GROUP_ORDER, &{
            let mut marker = [0; 32];
            marker[31] = 0x80;
            marker
        }),
    ]
    .concat();
    file.bad("s_is_l", &pair.public.to_bytes(), message, &exactly_l);
    let secret = SecretKey::from_bytes(&secret_bytes(&pair)).unwrap();
    assert_eq!(secret.to_public(), pair.public);
    file.out
}

fn transcripts() -> String {
    let mut rng = Stream(2);
    let mut out = String::from(
        "# new, then: append LABEL MESSAGE | challenge LABEL OUTPUT | witness LABEL SEED RANDOM OUTPUT\n",
    );
    const LABELS: [&[u8]; 4] = [b"a", b"label", b"a rather longer label", b"x:y"];
    for _ in 0..12 {
        let mut t = Transcript::new(b"Vectors");
        out.push_str("new Vectors\n");
        for _ in 0..12 {
            let label = LABELS[rng.below(4)];
            let text = String::from_utf8(label.to_vec()).unwrap().replace(' ', "_");
            match rng.below(3) {
                0 => {
                    let len = [0, 1, 7, 150, 166, 167, 331, 332, 333][rng.below(9)];
                    let message = rng.bytes(len);
                    t.append_message(label, &message);
                    writeln!(out, "append {text} {}", hex_or_dash(&message)).unwrap();
                }
                1 => {
                    let mut challenge = vec![0; [1, 32, 64, 166, 200, 400][rng.below(6)]];
                    t.challenge_bytes(label, &mut challenge);
                    writeln!(out, "challenge {text} {}", hex::encode(challenge)).unwrap();
                }
                _ => {
                    let len = [1, 32, 170][rng.below(3)];
                    let seed = rng.bytes(len);
                    let mut output = vec![0; [32, 64, 200][rng.below(3)]];
                    let builder = t.build_rng().rekey_with_witness_bytes(label, &seed);
                    builder.finalize(&mut ZeroRng).fill_bytes(&mut output);
                    let (seed, output) = (hex::encode(seed), hex::encode(output));
                    writeln!(
                        out,
                        "witness {text} {seed} {} {output}",
                        hex::encode([0; 32])
                    )
                    .unwrap();
                }
            }
        }
    }
    out
}

fn checksum(body: &[u8]) -> [u8; 2] {
    let hash = Blake2b512::new()
        .chain_update(b"SS58PRE")
        .chain_update(body)
        .finalize();
    [hash[0], hash[1]]
}

fn prefix_bytes(prefix: u16, force_two: bool) -> Vec<u8> {
    if prefix < 64 && !force_two {
        return vec![prefix as u8];
    }
    vec![
        (((prefix & 0b0000_0000_1111_1100) as u8) >> 2) | 0b0100_0000,
        ((prefix >> 8) as u8) | ((prefix & 0b0000_0000_0000_0011) as u8) << 6,
    ]
}

fn address(body: &[u8]) -> String {
    bs58::encode([body, &checksum(body)].concat()).into_string()
}

fn addresses() -> String {
    let mut rng = Stream(3);
    let mut out = String::from(
        "# good KEY PREFIX minimal|two_bytes TEXT\n# bad TEXT ERROR...      (\"-\" is an empty text)\n",
    );
    let mut good = |key: [u8; 32], prefix: u16, force_two: bool| {
        let body = [&prefix_bytes(prefix, force_two)[..], &key].concat();
        let form = if force_two && prefix < 64 {
            "two_bytes"
        } else {
            "minimal"
        };
        writeln!(
            out,
            "good {} {prefix} {form} {}",
            hex::encode(key),
            address(&body)
        )
        .unwrap();
    };
    for seed in [1u8, 2, 10, 20] {
        good(keypair(&[seed; 32]).public.to_bytes(), 42, false);
    }
    let key_02 = keypair(&[2; 32]).public.to_bytes();
    for prefix in [
        0, 2, 5, 10, 63, 64, 65, 127, 128, 255, 256, 1284, 2254, 10041, 16383,
    ] {
        good(key_02, prefix, false);
    }
    for prefix in [0, 2, 42, 63] {
        good(key_02, prefix, true);
    }
    good([0; 32], 42, false);
    good([0; 32], 0, false);
    good([0xff; 32], 42, false);
    good([0xff; 32], 16383, false);
    for _ in 0..12 {
        good(rng.array(), 42, false);
        let prefix = loop {
            let prefix = rng.below(16384) as u16;
            if prefix != 46 && prefix != 47 {
                break prefix;
            }
        };
        good(rng.array(), prefix, false);
    }

    let mut bad = |text: &str, error: &str| {
        assert!(!text.contains(char::is_whitespace));
        writeln!(
            out,
            "bad {} {error}",
            if text.is_empty() { "-" } else { text }
        )
        .unwrap();
    };
    const ALPHABET: &str = "Base 58 requirement is violated";
    const LENGTH: &str = "Length is bad";
    const PREFIX: &str = "Invalid SS58 prefix byte.";
    const RESERVED: &str = "Disallowed SS58 Address Format for this datatype.";
    const CHECKSUM: &str = "Invalid checksum";
    let body = [&[42][..], &key_02].concat();
    let text = address(&body);
    for (position, letter) in [
        (0, '0'),
        (3, 'O'),
        (20, 'I'),
        (47, 'l'),
        (10, '+'),
        (11, '_'),
    ] {
        let mut wrong: Vec<char> = text.chars().collect();
        wrong[position] = letter;
        let wrong: String = wrong.into_iter().collect();
        assert!(bs58::decode(&wrong).into_vec().is_err());
        bad(&wrong, ALPHABET);
    }
    bad("\u{e9}", ALPHABET);
    for text in ["", "1", "5", "z"] {
        assert!(bs58::decode(text).into_vec().unwrap().len() < 2);
        bad(text, LENGTH);
    }
    for len in [0, 1, 2, 4, 8, 16, 31, 33, 34, 40] {
        bad(&address(&[&[42][..], &rng.bytes(len)].concat()), LENGTH);
    }
    bad(&address(&[&[0x50, 1][..], &rng.bytes(31)].concat()), LENGTH);
    bad(&address(&[&[0x50, 1][..], &rng.bytes(33)].concat()), LENGTH);
    bad(&bs58::encode(&body).into_string(), LENGTH);
    bad(&format!("1{text}"), LENGTH);
    bad(&"1".repeat(1000), LENGTH);
    bad(&"z".repeat(65), LENGTH);
    bad(&bs58::encode(rng.bytes(2000)).into_string(), LENGTH);
    for first in [128u8, 129, 200, 255] {
        bad(&address(&[&[first][..], &key_02].concat()), PREFIX);
    }
    for reserved in [46, 47] {
        bad(
            &address(&[&prefix_bytes(reserved, false)[..], &key_02].concat()),
            RESERVED,
        );
        bad(
            &address(&[&prefix_bytes(reserved, true)[..], &key_02].concat()),
            RESERVED,
        );
    }
    let mut reserved_and_broken = [&[46][..], &key_02, &checksum(&body)].concat();
    reserved_and_broken[5] ^= 1;
    bad(&bs58::encode(reserved_and_broken).into_string(), RESERVED);
    for i in 0..8usize {
        let mut bytes = [&body[..], &checksum(&body)].concat();
        bytes[[1, 2, 16, 31, 32, 33, 34, 34][i]] ^= 1 << i;
        bad(&bs58::encode(bytes).into_string(), CHECKSUM);
    }
    let two = [&prefix_bytes(1284, false)[..], &key_02].concat();
    let wrong = [&two[..], &checksum(&body)].concat();
    bad(&bs58::encode(wrong).into_string(), CHECKSUM);
    let swapped = [&body[..], &[checksum(&body)[1], checksum(&body)[0]]].concat();
    bad(&bs58::encode(swapped).into_string(), CHECKSUM);
    out
}

fn phrases() -> String {
    let mut rng = Stream(4);
    let mut out = String::from("# SEED ADDRESS PHRASE...\n");
    for len in [16, 20, 24, 28, 32, 16, 20, 24, 28, 32] {
        let entropy = rng.bytes(len);
        let phrase = bip39::Mnemonic::from_entropy(&entropy).unwrap().to_string();
        let derived = substrate_bip39::seed_from_entropy(&entropy, "").unwrap();
        let seed: [u8; 32] = derived[..32].try_into().unwrap();
        let body = [&[42][..], &keypair(&seed).public.to_bytes()].concat();
        writeln!(out, "{} {} {phrase}", hex::encode(seed), address(&body)).unwrap();
    }
    out
}

fn main() {
    let directory = std::env::args().nth(1).expect("usage: keys DIRECTORY");
    for (name, content) in [
        ("sr25519.txt", signatures()),
        ("sr25519.merlin.txt", transcripts()),
        ("sr25519.phrases.txt", phrases()),
        ("ss58.txt", addresses()),
    ] {
        std::fs::write(format!("{directory}/{name}"), content).expect("cannot write");
    }
}
