'use strict';
const native = require('./native.js');
const { LtnError } = require('./errors.js');
const { DETAIL, STATUS } = require('./generated.js');
const { received, decoded } = require('./received.js');
const { Operation, chunksOf } = require('./operation.js');

/* The question behind a Request. */
class RequestOperation extends Operation {
  constructor(id, kind) {
    super(id);
    this.kind = kind;
    this.controller = null;
    this.status = STATUS.OK;
  }
  onWithdrawn(status) {
    this.status = status;
    this.controller?.abort(withdrawn(status));
    this.wakeAll();
  }
}

function withdrawn(status) {
  return new LtnError('the request was withdrawn', { status });
}

/** What a handler is told of a request. Good until the handler has ended. */
class Request {
  #operation;
  #facts = new Map();

  constructor(operation) { this.#operation = operation; }

  #text(detail) {
    if (!this.#facts.has(detail)) this.#facts.set(detail, native.opText(this.#operation.id, detail));
    return this.#facts.get(detail);
  }

  get type() { return this.#text(DETAIL.TYPE); }
  /** The peer's proved hotkey. */
  get hotkey() { return this.#text(DETAIL.HOTKEY); }
  get address() { return this.#text(DETAIL.ADDRESS); }
  get key() { return native.opPeer(this.#operation.id); }
  get priority() { return native.opNumber(this.#operation.id, DETAIL.PRIORITY) ?? 0; }
  /** Milliseconds that were left for the whole answer when asked; null without a limit. */
  get remainingMs() {
    const ns = native.opNumber(this.#operation.id, DETAIL.DEADLINE_NS);
    return ns === null ? null : ns / 1e6;
  }
  /** The MessagePack bytes of the request. */
  get raw() { return received(native.opData(this.#operation.id)); }

  /** Aborted when nobody waits for the answer any more. */
  get signal() {
    const operation = this.#operation;
    if (operation.controller === null) {
      operation.controller = new AbortController();
      if (operation.status !== STATUS.OK) operation.controller.abort(withdrawn(operation.status));
    }
    return operation.controller.signal;
  }

  /** The chunks that the caller sends after its request. */
  get body() { return chunksOf(this.#operation); }
}

function requestData(operation, asMap) {
  return decoded(native.opData(operation.id), asMap);
}

module.exports = { Request, RequestOperation, requestData };
