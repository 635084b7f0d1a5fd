'use strict';
const native = require('./native.js');
const { func, integer, object, text } = require('./check.js');
const { check, value } = require('./errors.js');
const { LOG, RUNTIME_OPTIONS } = require('./generated.js');
const { applySettings } = require('./settings.js');

const handles = new WeakMap();
const configs = new WeakMap();
const LEVELS = new Map([[LOG.DEBUG, 'debug'], [LOG.INFO, 'info'], [LOG.WARNING, 'warning'], [LOG.ERROR, 'error']]);
const OWN = ['log', 'logLevel', 'config', 'seed'];

/** The loop and its clock. Only needed for options of its own, or a log. */
class Runtime {
  constructor(options) { setUp(this, value(native.runtimeNew()), object(options, 'options')); }
  /** Stops every client and server attached. */
  stop() { check(native.runtimeStop(handles.get(this))); }
  get closed() { return native.runtimeClosed(handles.get(this)); }
}

function setUp(runtime, handle, options) {
  handles.set(runtime, handle);
  if (options.config !== undefined) check(native.runtimeSetConfig(handle, configHandle(options.config)));
  applySettings(options, OWN, RUNTIME_OPTIONS, (name, setting) => check(native.runtimeSet(handle, name, setting)));
  if (options.log === undefined) return;
  const log = func(options.log, 'log');
  const wanted = options.logLevel ?? 'info';
  const level = LOG[String(wanted).toUpperCase()];
  if (level === undefined) throw new RangeError(`expected debug, info, warning or error as logLevel, came ${wanted}`);
  check(native.runtimeSetLog(handle, level, (came, event, fields) => {
    log({ level: LEVELS.get(came) ?? 'info', event, fields });
  }));
}

/** A runtime without sockets and clocks: addresses exist only in it, and time moves only when it runs. */
class TestingRuntime extends Runtime {
  constructor(options) {
    const checked = object(options, 'options');
    const seed = integer(checked.seed, 'seed', 0, Number.MAX_SAFE_INTEGER, 1);
    /* The base class would make one with a thread. */
    return Reflect.construct(Bare, [value(native.runtimeNewTesting(seed)), checked], new.target);
  }
  get nowNs() { return native.runtimeNowNs(handles.get(this)); }
  setLoss(partsPerMillion) {
    check(native.runtimeSetLoss(handles.get(this), integer(partsPerMillion, 'partsPerMillion', 0, 1000000)));
  }
  /** One step of at most `ms` of virtual time; what it brought is handed out before it returns. */
  step(ms = 0) {
    check(native.runtimeStep(handles.get(this), integer(ms, 'ms', 0, 86400000)));
    return native.drain();
  }
  /** Steps until `promise` is settled; its outcome. */
  async run(promise, { limitMs = 3600000 } = {}) {
    let settled = false;
    const end = this.nowNs + limitMs * 1e6;
    const mark = () => { settled = true; };
    Promise.resolve(promise).then(mark, mark);
    for (;;) {
      await new Promise(setImmediate);
      if (settled) return promise;
      if (this.nowNs > end) throw new Error(`expected an end within ${limitMs} ms of virtual time, came none`);
      this.step(20);
    }
  }
}

function Bare(handle, options) { setUp(this, handle, options); }

/** Settings from a TOML file and the environment. */
class Config {
  constructor(path) { configs.set(this, value(native.configLoad(path === undefined ? null : text(path, 'path')))); }
  check() { check(native.configCheck(configs.get(this))); }
  get(section, name) {
    const found = native.configGet(configs.get(this), text(section, 'section'), text(name, 'name'));
    if (typeof found === 'number') check(found);
    return found === null ? null : { value: found[0], origin: found[1] };
  }
}

function runtimeHandle(runtime) {
  if (runtime === undefined) return null;
  const handle = handles.get(runtime);
  if (handle === undefined) throw new TypeError('expected a Runtime as runtime, came something else');
  return handle;
}

function configHandle(config) {
  const handle = configs.get(config);
  if (handle === undefined) throw new TypeError('expected a Config as config, came something else');
  return handle;
}

module.exports = { Runtime, TestingRuntime, Config, runtimeHandle, configHandle };
