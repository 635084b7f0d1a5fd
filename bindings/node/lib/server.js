'use strict';
const native = require('./native.js');
const events = require('./events.js');
const { bytes, func, integer, kind, object, text } = require('./check.js');
const { check, closed, errorOf, value } = require('./errors.js');
const { encode } = require('./codec.js');
const { STATUS, EVENT, OP, SERVER_OPTIONS } = require('./generated.js');
const { keyOf } = require('./keys.js');
const { peerEntries, metricEntries, sourceEntries, statsOf, checkStat } = require('./pictures.js');
const { received } = require('./received.js');
const { Request, RequestOperation, requestData } = require('./request.js');
const { configHandle, runtimeHandle } = require('./runtime.js');
const { applySettings, settingText } = require('./settings.js');
const { signerHandle, oneLine } = require('./signer.js');

const OWN = ['runtime', 'config', 'permits', 'sources', 'observe', 'onError'];

function permitBytes(permits) {
  return Buffer.concat([...permits].map((permit) => (typeof permit === 'string' ? keyOf(permit) : bytes(permit, 'permit', 32))));
}

function sourceText(sources) {
  return typeof sources === 'string' ? sources : [...sources].join('\n');
}

const isList = (given) => typeof given === 'string' || typeof given?.[Symbol.iterator] === 'function';

/** Answers peers that proved their key. */
class Server {
  #handle;
  #id;
  #signer;
  #onError;
  #tags = new Map(); /* name or null to tag */
  #ownTags = []; /* resolvers */
  #open = true;
  #held = true;
  #started = false;
  #closing = null;
  #failure = null;
  #closed;
  #resolveClosed;

  constructor(signer, options) {
    const from = object(options, 'options');
    this.#onError = from.onError === undefined ? null : func(from.onError, 'onError');
    [this.#handle, this.#id] = value(native.serverNew(runtimeHandle(from.runtime), signerHandle(signer)));
    this.#signer = signer;
    this.#closed = new Promise((resolve) => { this.#resolveClosed = resolve; });
    const handle = this.#handle;
    if (from.config !== undefined) check(native.serverSetConfig(handle, configHandle(from.config)));
    applySettings(from, OWN, SERVER_OPTIONS, (name, setting) => check(native.serverSet(handle, name, setting)));
    this.#setUpList(from.permits, 'permits', false, (list) => this.setPermits(list));
    this.#setUpList(from.sources, 'sources', true, (list) => this.setSources(list));
    if (from.observe !== undefined) check(native.serverObserve(handle, func(from.observe, 'observe')));
  }

  /* A list to begin with, or a function that is asked from time to time. */
  #setUpList(given, name, isSources, set) {
    if (given === undefined) return;
    if (isList(given)) {
      set(given);
      return;
    }
    func(given, name);
    const tag = events.addAnswerer((id) => {
      this.#resolve(id, given, isSources).catch((error) => this.#report(error, null));
    });
    this.#ownTags.push(tag);
    check(native.serverResolve(this.#handle, tag, isSources));
  }

  async #resolve(id, resolver, isSources) {
    try {
      const list = await resolver();
      native.opComplete(id, isSources ? Buffer.from(sourceText(list)) : permitBytes(list));
    } catch (error) {
      native.opFail(id, oneLine(error));
      throw error;
    } finally {
      native.opFree(id);
    }
  }

  /** `fn(data, request)` answers requests named `type`; null is whoever no other name fits. */
  handle(type, fn, options) { return this.#register(type, fn, false, false, options); }
  /** The same with MessagePack bytes: `fn(bytes, request)`. */
  handleRaw(type, fn) { return this.#register(type, fn, true, false); }
  /** `fn(data, request)` gives an async iterable of chunks: an async generator, a ReadableStream. */
  handleStream(type, fn, options) { return this.#register(type, fn, false, true, options); }
  handleStreamRaw(type, fn) { return this.#register(type, fn, true, true); }

  #register(type, fn, raw, streams, options) {
    const name = type === null ? null : text(type, 'type');
    func(fn, 'handler');
    const asMap = Boolean(object(options, 'options').asMap);
    const tag = events.addAnswerer((id, opKind) => this.#answer(id, opKind, fn, raw, asMap));
    try {
      check(native.serverHandle(this.#live(), name, tag, streams));
    } catch (error) {
      events.answerers.delete(tag);
      throw error;
    }
    /* The old tag stays until close: requests to it may be in the queue. */
    const old = this.#tags.get(name);
    if (old !== undefined) this.#ownTags.push(old);
    this.#tags.set(name, tag);
    return this;
  }

  unhandle(type) {
    const name = type === null ? null : text(type, 'type');
    check(native.serverUnhandle(this.#live(), name));
    const old = this.#tags.get(name);
    if (old !== undefined) this.#ownTags.push(old);
    this.#tags.delete(name);
    return this;
  }

  async #answer(id, opKind, fn, raw, asMap) {
    const operation = new RequestOperation(id, opKind);
    const request = new Request(operation);
    try {
      const data = raw ? received(native.opData(id)) : requestData(operation, asMap);
      if (opKind === OP.STREAM_REQUEST) await this.#answerStream(operation, fn(data, request));
      else await this.#answerOnce(operation, await fn(data, request), raw);
    } catch (error) {
      /* The peer reads a generic text; the reason stays here. */
      const type = request.type;
      const hotkey = request.hotkey;
      native.opFail(id, oneLine(error));
      if (operation.status === STATUS.OK) this.#report(error, { type, hotkey });
    } finally {
      operation.free();
    }
  }

  #answerOnce(operation, answer, raw) {
    if (raw && answer !== undefined) bytes(answer, 'answer');
    const status = native.opComplete(operation.id, raw ? answer : encode(answer, 'answer'));
    if (status !== STATUS.OK && status !== STATUS.STATE) throw errorOf(status);
  }

  async #answerStream(operation, made) {
    const chunks = await made;
    if (typeof chunks?.[Symbol.asyncIterator] !== 'function' && typeof chunks?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`expected an iterable of chunks as handler, came ${kind(chunks)}`);
    }
    for await (const chunk of chunks) {
      await operation.send(chunk);
      if (operation.ended) return;
    }
    const status = native.opComplete(operation.id, null);
    if (status !== STATUS.OK && status !== STATUS.STATE) throw errorOf(status);
  }

  #report(error, request) {
    if (this.#onError === null) return;
    this.#onError(error, request);
  }

  setPermits(hotkeys) { check(native.serverSetPermits(this.#live(), permitBytes(hotkeys))); }
  setSources(sources) { check(native.serverSetSources(this.#live(), sourceText(sources))); }
  learnSource(hotkey, prefix, ageMs) {
    const age = integer(ageMs, 'ageMs', 0, Number.MAX_SAFE_INTEGER);
    check(native.serverLearnSource(this.#live(), keyOf(hotkey), text(prefix, 'prefix'), age));
  }
  sources() { return sourceEntries(this.#live()); }

  /** Binds; the address as ip:port. */
  async start() {
    if (this.#started) throw errorOf(STATUS.STATE);
    events.objects.set(this.#id, (event, status) => this.#onEvent(event, status));
    try {
      check(native.serverStart(this.#live()));
    } catch (error) {
      events.objects.delete(this.#id);
      throw error;
    }
    this.#started = true;
    if (this.#held) events.hold();
    return this.address;
  }

  #onEvent(event, status) {
    if (event === EVENT.SIGNER_FAILED) {
      this.#failure = errorOf(status);
      return;
    }
    this.#end();
  }

  #end() {
    events.objects.delete(this.#id);
    native.serverFree(this.#handle);
    for (const tag of [...this.#tags.values(), ...this.#ownTags]) events.answerers.delete(tag);
    this.#tags.clear();
    this.#open = false;
    if (this.#started && this.#held) events.release();
    this.#started = false;
    this.#resolveClosed(this.#failure);
  }

  get address() { return native.serverAddress(this.#handle) || null; }
  /** Settles once closed: with null, or why the signer's self-test failed. */
  get closed() { return this.#closed; }

  peers() { return peerEntries(this.#live(), true); }
  stat(name) { return checkStat(this.#live(), true, name); }
  stats() { return statsOf(this.#live(), true); }
  metrics() { return metricEntries(this.#live(), true); }
  connectionStats() { return value(native.connectionStats(this.#live(), true)); }
  /** Closes peers that asked nothing for longer; how many. */
  sweep(idleMs) {
    const count = native.serverSweep(this.#live(), integer(idleMs, 'idleMs', 0, Number.MAX_SAFE_INTEGER));
    if (count < 0) throw errorOf(-count);
    return count;
  }

  set(name, setting) {
    const spelled = SERVER_OPTIONS.get(text(name, 'name')) ?? name;
    check(native.serverSet(this.#live(), spelled, settingText(setting, name)));
  }

  /** A running server keeps the process alive unless unref. */
  ref() {
    if (!this.#held && this.#started) events.hold();
    this.#held = true;
    return this;
  }
  unref() {
    if (this.#held && this.#started) events.release();
    this.#held = false;
    return this;
  }

  /** Lets running requests finish for up to `drain` milliseconds, then closes. */
  stop({ drain } = {}) {
    if (this.#closing !== null) return this.#closing;
    if (drain !== undefined) this.set('drain_timeout_ms', integer(drain, 'drain', 0, 86400000));
    this.#open = false;
    if (!this.#started) {
      this.#end();
      this.#closing = Promise.resolve();
      return this.#closing;
    }
    events.hold();
    this.#closing = this.#closed.then(() => { events.release(); });
    native.serverStop(this.#handle);
    return this.#closing;
  }

  close() { return this.stop(); }
  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() { await this.close(); }

  #live() {
    if (!this.#open) throw closed('server');
    return this.#handle;
  }
}

module.exports = { Server };
