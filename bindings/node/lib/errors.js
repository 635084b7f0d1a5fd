'use strict';
const native = require('./native.js');
const { STATUS, CATEGORY } = require('./generated.js');

const CODES = new Map(Object.entries(STATUS).map(([name, number]) => [number, name]));
const CATEGORIES = new Map(Object.entries(CATEGORY).map(([name, number]) => [number, name.toLowerCase()]));

/** Whatever the library or a peer says no to. Subclasses by category. */
class LtnError extends Error {
  constructor(message, { status = STATUS.INTERNAL, category = CATEGORY.LOCAL, retriable = false, answerCode } = {}) {
    super(message);
    this.status = status;
    this.code = CODES.get(status) ?? `STATUS_${status}`;
    this.category = CATEGORIES.get(category) ?? 'local';
    this.retriable = retriable;
    if (answerCode !== undefined) this.answerCode = answerCode;
  }
  get name() { return this.constructor.name; }
}
class ConnectionError extends LtnError {}
class HandshakeError extends LtnError {}
class SigningError extends LtnError {}
class SerializationError extends LtnError {}
class TransportError extends LtnError {}
class HandlerError extends LtnError {}
class ConfigError extends LtnError {}
class StreamError extends LtnError {}

const CLASSES = new Map([
  [CATEGORY.CONNECTION, ConnectionError],
  [CATEGORY.HANDSHAKE, HandshakeError],
  [CATEGORY.SIGNING, SigningError],
  [CATEGORY.SERIALIZATION, SerializationError],
  [CATEGORY.TRANSPORT, TransportError],
  [CATEGORY.HANDLER, HandlerError],
  [CATEGORY.CONFIG, ConfigError],
  [CATEGORY.STREAM, StreamError],
]);

function make([status, category, retriable, text], answerCode) {
  const Kind = CLASSES.get(category) ?? LtnError;
  return new Kind(text, { status, category, retriable, answerCode });
}

/* The error of a call that has just answered `status`. Functions without an error object leave an older
 * one in place, which the number shows. */
function errorOf(status, answerCode) {
  const last = native.lastError();
  if (last[0] === status) return make(last, answerCode);
  const text = (CODES.get(status) ?? `status ${status}`).toLowerCase().replaceAll('_', ' ');
  return make([status, CATEGORY.LOCAL, false, text], answerCode);
}

function check(status) {
  if (status !== STATUS.OK) throw errorOf(status);
}

/* The same for functions that answer with a value or a status. */
function value(result) {
  if (typeof result === 'number') throw errorOf(result);
  return result;
}

function closed(what) {
  return new LtnError(`the ${what} is closed`, { status: STATUS.CLOSED });
}

module.exports = {
  LtnError, ConnectionError, HandshakeError, SigningError, SerializationError, TransportError,
  HandlerError, ConfigError, StreamError, make, errorOf, check, value, closed,
};
