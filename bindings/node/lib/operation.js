'use strict';
const native = require('./native.js');
const events = require('./events.js');
const { kind } = require('./check.js');
const { errorOf } = require('./errors.js');
const { received } = require('./received.js');
const { STATUS, DETAIL } = require('./generated.js');

/* An operation that JavaScript holds: wakes who waits for chunks or for room. */
class Operation {
  constructor(id) {
    this.id = id;
    this.ended = false;
    this.wakeReader = null;
    this.wakeWriter = null;
    events.operations.set(id, this);
  }

  onReadable() {
    const wake = this.wakeReader;
    this.wakeReader = null;
    wake?.();
  }
  onWritable() {
    const wake = this.wakeWriter;
    this.wakeWriter = null;
    wake?.();
  }
  onDone() { this.wakeAll(); }
  onWithdrawn() { this.wakeAll(); }
  wakeAll() {
    this.ended = true;
    this.onReadable();
    this.onWritable();
  }

  /* The next chunk; null when the other side has ended well. */
  async read() {
    if (this.wakeReader !== null) throw new Error('expected one reader at a time, came two');
    for (;;) {
      const chunk = native.opRead(this.id);
      if (typeof chunk !== 'number' || chunk < 0) return received(chunk);
      if (chunk === STATUS.EMPTY) return null;
      if (chunk !== STATUS.PENDING) throw errorOf(chunk);
      await new Promise((wake) => { this.wakeReader = wake; });
    }
  }

  /* Resolves when the chunk was taken: the reader's pace. */
  async send(chunk) {
    const bytes = chunkBytes(chunk);
    for (;;) {
      const status = native.opSend(this.id, bytes);
      if (status === STATUS.OK) return;
      if (status !== STATUS.FULL) throw errorOf(status);
      if (this.wakeWriter !== null) throw new Error('expected one writer at a time, came two');
      await new Promise((wake) => { this.wakeWriter = wake; });
    }
  }

  free() {
    events.operations.delete(this.id);
    native.opFree(this.id);
    this.wakeAll();
  }
}

function chunkBytes(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new TypeError(`expected a Uint8Array or a text as chunk, came ${kind(chunk)}`);
}

/* The error an ended operation of ours ended with. */
function outcomeError(id, status) {
  const code = native.opNumber(id, DETAIL.ANSWER_CODE);
  native.opStatus(id);
  return errorOf(status, code ?? undefined);
}

async function* chunksOf(operation) {
  for (;;) {
    const chunk = await operation.read();
    if (chunk === null) return;
    yield chunk;
  }
}

/* Sends all of `source`, then the end. What `source` throws is thrown. */
async function sendAll(operation, source, end) {
  for await (const chunk of source) await operation.send(chunk);
  end();
}

module.exports = { Operation, outcomeError, chunksOf, sendAll };
