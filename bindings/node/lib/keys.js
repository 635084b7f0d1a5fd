'use strict';
const native = require('./native.js');
const { bytes, kind, text } = require('./check.js');
const { value } = require('./errors.js');

/* Decoding a hotkey costs a point decompression; programs call the same few thousand peers. */
const CACHE_ENTRIES = 8192;
const cache = new Map();

/** The 32 bytes of a hotkey. */
function decodeHotkey(hotkey, { anyPrefix = false } = {}) {
  return value(native.hotkeyDecode(text(hotkey, 'hotkey'), anyPrefix));
}

/** The hotkey (SS58 text, prefix 42) of 32 bytes. */
function encodeHotkey(key) {
  const out = native.hotkeyEncode(bytes(key, 'key', 32));
  return typeof out === 'string' ? out : value(out);
}

function keyOf(hotkey) {
  let key = cache.get(hotkey);
  if (key === undefined) {
    key = decodeHotkey(hotkey);
    if (cache.size >= CACHE_ENTRIES) cache.delete(cache.keys().next().value);
    cache.set(hotkey, key);
  }
  return key;
}

/* [key, address or null] of what a program calls a peer. */
function peerOf(peer) {
  if (typeof peer === 'string') return [keyOf(peer), null];
  if (peer instanceof Uint8Array) return [bytes(peer, 'peer', 32), null];
  if (peer === null || typeof peer !== 'object') {
    throw new TypeError('expected a hotkey, 32 bytes or { hotkey, address } as peer, came ' +
      kind(peer));
  }
  const { hotkey, address } = peer;
  const key = hotkey instanceof Uint8Array ? bytes(hotkey, 'peer.hotkey', 32) : keyOf(text(hotkey, 'peer.hotkey'));
  return [key, address === undefined || address === null ? null : text(address, 'peer.address')];
}

function generateSeed() {
  return value(native.seedGenerate());
}

/** Whether `signature` over `message` is good for `key` (32 bytes or a hotkey). */
function verifySignature(key, message, signature) {
  const raw = typeof key === 'string' ? keyOf(key) : bytes(key, 'key', 32);
  return native.signatureVerify(raw, bytes(message, 'message'), bytes(signature, 'signature'));
}

module.exports = { decodeHotkey, encodeHotkey, peerOf, keyOf, generateSeed, verifySignature };
