'use strict';
/* What travels in lines: bytes, values, failures. */
const crypto = require('node:crypto');
const { LtnError, encode } = require('./binding.js');

const SHOWN = 4096;

function sha256(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

function shown(bytes) {
  return bytes.length > SHOWN ? { len: bytes.length, sha256: sha256(bytes) } : bytes.toString('hex');
}

function fromHex(text) {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/* The MessagePack bytes of a request without `value`. */
function bodyOf({ data }) {
  if (data === undefined) return Buffer.from([0x80]);
  return typeof data === 'object' ? encode({ b: Buffer.alloc(data.fill) }) : fromHex(data);
}

/* Thrown for what this driver does not know. */
class Unknown extends Error {}

const own = (code, text) => ({ error: { code, category: 'local', retriable: false, text } });

function failure(error) {
  if (error instanceof Unknown) return { unknown: true };
  if (error instanceof LtnError) {
    const { code, category, retriable, message } = error;
    return { error: { code: code.toLowerCase(), category, retriable, text: message } };
  }
  if (error?.name === 'AbortError') return own('cancelled', error.message);
  if (error?.name === 'TimeoutError') return own('deadline', error.message);
  if (error instanceof TypeError) return { native: { kind: 'type', text: error.message } };
  if (error instanceof RangeError) return { native: { kind: 'range', text: error.message } };
  return own('driver', String(error?.stack ?? error));
}

function say(line) {
  const text = JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
  process.stdout.write(`${text}\n`);
}

module.exports = { shown, sha256, fromHex, bodyOf, Unknown, failure, say };
