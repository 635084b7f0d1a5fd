'use strict';
const native = require('./native.js');
const events = require('./events.js');
const { bytes, integer, kind, object, signal, text, timeout } = require('./check.js');
const { check, closed, errorOf, value } = require('./errors.js');
const { encode } = require('./codec.js');
const { STATUS, EVENT, DETAIL, CALL, CLIENT_OPTIONS } = require('./generated.js');
const { peerOf } = require('./keys.js');
const { Operation, outcomeError, sendAll } = require('./operation.js');
const { peerEntries, metricEntries, statsOf, checkStat } = require('./pictures.js');
const { received, decoded } = require('./received.js');
const { configHandle, runtimeHandle } = require('./runtime.js');
const { applySettings, settingText } = require('./settings.js');
const { signerHandle } = require('./signer.js');
const { Stream, StreamOperation } = require('./stream.js');

const OWN = ['runtime', 'config'];
const CALLING = 0;
const OPENING = 1;
const CONNECTING = 2;
const FAR = Number.MAX_SAFE_INTEGER;

const forgotten = new FinalizationRegistry((id) => events.objects.delete(id));

/* A function of its own, so that nothing in it refers to the client: a forgotten one is collected, and that
 * frees the handle and so stops it. */
function untilClosed(id, handle) {
  const weak = new WeakRef(handle);
  return new Promise((resolve) => {
    let failure = null;
    events.objects.set(id, (event, status) => {
      if (event === EVENT.SIGNER_FAILED) {
        failure = errorOf(status);
        return;
      }
      events.objects.delete(id);
      /* One whose signer failed stays until close: it tells later calls what was wrong. */
      if (failure === null) native.clientFree(weak.deref());
      resolve(failure);
    });
  });
}

/* One call, connect or registry update until its promise settles. */
class Pending extends Operation {
  constructor(client, id, resolve, reject, finish, abortSignal, held) {
    super(id);
    this.client = client; /* one that only its calls know must not be collected before they end */
    this.resolve = resolve;
    this.reject = reject;
    this.finish = finish;
    this.signal = abortSignal;
    this.held = held;
    this.broken = undefined;
    if (abortSignal !== undefined) {
      this.abort = () => { native.opCancel(id); };
      abortSignal.addEventListener('abort', this.abort, { once: true });
    }
    if (held) events.hold();
  }

  onDone(status) {
    this.signal?.removeEventListener('abort', this.abort);
    events.operations.delete(this.id);
    if (this.held) events.release();
    try {
      if (status === STATUS.OK) this.resolve(this.finish(this.id));
      else if (status === STATUS.CANCELLED && this.broken !== undefined) this.reject(this.broken.error);
      else if (status === STATUS.CANCELLED && this.signal?.aborted) this.reject(this.signal.reason);
      else this.reject(outcomeError(this.id, status));
    } catch (error) {
      this.reject(error);
    } finally {
      native.opFree(this.id);
      this.wakeAll();
    }
  }
}

const takeBytes = (id) => received(native.opTake(id));
const takeObject = (id) => decoded(native.opTake(id), false);
const takeMap = (id) => decoded(native.opTake(id), true);

function connection(id) {
  const ms = (detail) => {
    const ns = native.opNumber(id, detail);
    return ns === null ? null : ns / 1e6;
  };
  return {
    hotkey: native.opText(id, DETAIL.HOTKEY),
    address: native.opText(id, DETAIL.ADDRESS),
    fingerprint: native.opText(id, DETAIL.FINGERPRINT),
    alpn: native.opText(id, DETAIL.ALPN),
    setupMs: ms(DETAIL.SETUP_NS),
    rttMs: ms(DETAIL.RTT_NS),
    clockOffsetMs: native.opNumber(id, DETAIL.CLOCK_OFFSET_MS),
  };
}

/** Calls peers by their key. */
class Client {
  #handle;
  #signer; /* a callback signer is asked as long as this lives */
  #open = true;
  #held = true;
  #closing = null;
  #closed;

  constructor(signer, options) {
    const from = object(options, 'options');
    const [handle, id] = value(native.clientNew(runtimeHandle(from.runtime), signerHandle(signer)));
    this.#signer = signer;
    this.#handle = handle;
    if (from.config !== undefined) check(native.clientSetConfig(handle, configHandle(from.config)));
    applySettings(from, OWN, CLIENT_OPTIONS, (name, setting) => check(native.clientSet(handle, name, setting)));
    check(native.clientStart(handle));
    forgotten.register(this, id);
    this.#closed = untilClosed(id, handle);
  }

  /** Settles once closed: with null, or why the signer's self-test failed. */
  get closed() { return this.#closed; }

  /** Reaches and authenticates a peer without a request. */
  connect(address, hotkey, options) {
    return this.#submit(CONNECTING, () => ({ hotkey, address: text(address, 'address') }), '', null, options, connection);
  }

  /** The answer of the peer's handler `type` to `data`. */
  call(peer, type, data, options) {
    return this.#submit(CALLING, () => peer, type, () => encode(data), options, options?.asMap ? takeMap : takeObject);
  }

  /** The same with MessagePack bytes in both directions. */
  callRaw(peer, type, data, options) {
    return this.#submit(CALLING, () => peer, type, () => bytes(data, 'data'), options, takeBytes);
  }

  #submit(what, peer, type, data, options, finish) {
    return new Promise((resolve, reject) => {
      const from = object(options, 'options');
      const abortSignal = signal(from.signal);
      const id = this.#begin(what, peer(), type, data === null ? null : data(), from, from.body === undefined ? 0 : CALL.SEND);
      const pending = new Pending(this, id, resolve, reject, finish, abortSignal, this.#held);
      if (from.body !== undefined) feed(pending, from.body);
    });
  }

  #begin(what, peer, type, data, from, flags) {
    if (!this.#open) throw closed('client');
    const [key, address] = peerOf(peer);
    if (typeof type !== 'string') throw new TypeError(`expected a text as type, came ${kind(type)}`);
    from.signal?.throwIfAborted();
    const id = native.clientBegin(
      this.#handle, what, key, address, type, data, timeout(from.timeout), flags,
      integer(from.priority, 'priority', -3, 4), timeout(from.firstChunkTimeout),
      timeout(from.chunkTimeout), integer(from.windowBytes, 'windowBytes', 1, FAR),
      integer(from.maxBytes, 'maxBytes', 1, FAR));
    if (id < 0) throw errorOf(-id);
    return id;
  }

  /** A call whose answer comes in chunks. Throws at once what the arguments do wrong. */
  stream(peer, type, data, options) {
    return this.#stream(peer, type, encode(data), options);
  }

  streamRaw(peer, type, data, options) {
    return this.#stream(peer, type, bytes(data, 'data'), options);
  }

  #stream(peer, type, data, options) {
    const from = object(options, 'options');
    const abortSignal = signal(from.signal);
    let flags = from.send || from.body !== undefined ? CALL.SEND : 0;
    if (from.collect) flags |= CALL.COLLECT;
    const id = this.#begin(OPENING, peer, type, data, from, flags);
    const operation = new StreamOperation(this, id, abortSignal, this.#held);
    if (from.body !== undefined) feed(operation, from.body);
    return new Stream(operation);
  }

  /** The complete list of peers to keep connected; for each entry null, or why it failed. */
  setRegistry(entries, options) {
    return new Promise((resolve, reject) => {
      if (!this.#open) throw closed('client');
      const abortSignal = signal(object(options, 'options').signal);
      abortSignal?.throwIfAborted();
      if (!Array.isArray(entries)) throw new TypeError(`expected a list as entries, came ${kind(entries)}`);
      const pairs = entries.map((entry) => (Array.isArray(entry) ? entry : [entry?.hotkey, entry?.address]));
      const hotkeys = pairs.map(([hotkey], at) => text(hotkey, `entries[${at}].hotkey`));
      const addresses = pairs.map(([, address], at) => text(address, `entries[${at}].address`));
      const id = native.clientRegistrySet(this.#handle, hotkeys, addresses);
      if (id < 0) throw errorOf(-id);
      const finish = () => hotkeys.map((_, at) => {
        const status = native.opOutcome(id, at);
        return status === STATUS.OK ? null : errorOf(status);
      });
      new Pending(this, id, resolve, reject, finish, abortSignal, this.#held);
    });
  }

  peers() { return peerEntries(this.#live(), false); }
  stat(name) { return checkStat(this.#live(), false, name); }
  stats() { return statsOf(this.#live(), false); }
  metrics() { return metricEntries(this.#live(), false); }
  connectionStats() { return value(native.connectionStats(this.#live(), false)); }

  /** Changes an option that may change at any time. */
  set(name, setting) {
    const spelled = CLIENT_OPTIONS.get(text(name, 'name')) ?? name;
    check(native.clientSet(this.#live(), spelled, settingText(setting, name)));
  }

  /** Whether calls under way keep the process alive (they do by default). */
  ref() { this.#held = true; return this; }
  unref() { this.#held = false; return this; }

  /** Ends what is outstanding with SHUTDOWN; resolves when nothing runs any more. */
  close() {
    if (this.#closing === null) {
      this.#open = false;
      events.hold();
      const handle = this.#handle; /* kept until then: a freed one says no CLOSED */
      this.#closing = this.#closed.then(() => {
        events.release();
        native.clientFree(handle);
      });
      native.clientStop(handle);
    }
    return this.#closing;
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() { await this.close(); }

  #live() {
    if (!this.#open) throw closed('client');
    return this.#handle;
  }
}

/* Sends the body beside the waiting call. Its own failure cancels the call and becomes its error; that the
 * peer takes no more is none, since its answer follows. */
function feed(operation, body) {
  sendAll(operation, body, () => {
    const status = native.opEnd(operation.id);
    if (status !== STATUS.OK && !operation.ended && status !== STATUS.CLOSED) throw errorOf(status);
  }).catch((error) => {
    if (operation.ended || error?.code === 'CLOSED') return;
    operation.broken = { error };
    native.opCancel(operation.id);
  });
}

module.exports = { Client };
