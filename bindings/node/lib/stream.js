'use strict';
const native = require('./native.js');
const events = require('./events.js');
const { check, errorOf } = require('./errors.js');
const { STATUS } = require('./generated.js');
const { Operation, outcomeError } = require('./operation.js');

/* What a Stream that was dropped without an end leaves behind. It must not refer to the Stream. */
class StreamOperation extends Operation {
  constructor(client, id, signal, held) {
    super(id);
    this.client = client; /* as long as the stream lives */
    this.signal = signal;
    this.held = held;
    this.status = STATUS.PENDING;
    this.over = false; /* freed */
    this.done = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.done.catch(() => {}); /* a program may only look at the chunks */
    this.abort = () => { native.opCancel(id); };
    signal?.addEventListener('abort', this.abort, { once: true });
    if (held) events.hold();
  }

  onDone(status) {
    if (this.status !== STATUS.PENDING) return;
    this.status = status;
    this.signal?.removeEventListener('abort', this.abort);
    if (status === STATUS.OK) {
      this.resolve();
    } else {
      this.error = status === STATUS.CANCELLED && this.signal?.aborted
        ? this.signal.reason : outcomeError(this.id, status);
      this.reject(this.error);
    }
    if (this.held) events.release();
    this.held = false;
    this.wakeAll();
  }

  async read() {
    if (this.over) return this.afterwards();
    let chunk;
    try {
      chunk = await super.read();
    } catch (error) {
      throw this.error ?? error;
    }
    /* The end may be read before its event is. */
    if (chunk === null && this.status === STATUS.PENDING) this.onDone(native.opStatus(this.id));
    if (chunk === null && this.error !== undefined) throw this.error;
    return chunk;
  }

  /* What every read says once the operation is freed. */
  afterwards() {
    if (this.error !== undefined) throw this.error;
    return null;
  }

  /* Freeing one that has not ended cancels it, and no event follows. */
  drop() {
    if (this.over) return;
    this.over = true;
    if (this.status === STATUS.PENDING) this.onDoneByUs();
    this.free();
  }
  onDoneByUs() {
    this.signal?.removeEventListener('abort', this.abort);
    this.status = STATUS.CANCELLED;
    this.error = errorOf(STATUS.CANCELLED);
    this.reject(this.error);
    if (this.held) events.release();
    this.held = false;
  }
}

const dropped = new FinalizationRegistry((operation) => operation.drop());

/** A call whose answer comes in chunks; reading them is what lets the peer send more. */
class Stream {
  #operation;
  #sentEnd = false;
  #readable;
  #writable;

  constructor(operation) {
    this.#operation = operation;
    dropped.register(this, operation, this);
  }

  /** Settles when the stream has ended. */
  get done() { return this.#operation.done; }

  /** The next chunk, or null after the last. */
  async read() {
    const chunk = await this.#operation.read();
    if (chunk === null) this.#finish();
    return chunk;
  }

  /** Sends a chunk of ours (option `send`); resolves when there was room for it. */
  async send(chunk) {
    /* The library would say CLOSED instead once the peer has answered. */
    if (this.#sentEnd) throw errorOf(STATUS.STATE);
    return this.#operation.send(chunk);
  }

  /** No chunk of ours follows. */
  end() {
    check(native.opEnd(this.#operation.id));
    this.#sentEnd = true;
  }

  /** Ends the stream early. */
  cancel() { this.#finish(); }

  async *[Symbol.asyncIterator]() {
    try {
      for (;;) {
        const chunk = await this.read();
        if (chunk === null) return;
        yield chunk;
      }
    } finally {
      this.#finish();
    }
  }

  /** The chunks as a Web Stream. Nothing is read before somebody asks. */
  get readable() {
    this.#readable ??= new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.read();
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => this.#finish(),
    }, { highWaterMark: 0 });
    return this.#readable;
  }

  /** Our chunks as a Web Stream. */
  get writable() {
    this.#writable ??= new WritableStream({
      write: (chunk) => this.send(chunk),
      close: () => this.end(),
      abort: () => this.#finish(),
    });
    return this.#writable;
  }

  #finish() {
    dropped.unregister(this);
    this.#operation.drop();
  }
}

module.exports = { Stream, StreamOperation };
