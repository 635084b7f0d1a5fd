'use strict';
const native = require('./native.js');
const events = require('./events.js');
const { bytes, func, object, text, integer } = require('./check.js');
const { make, value, LtnError } = require('./errors.js');
const { STATUS, KEY_FILE } = require('./generated.js');
const { encodeHotkey, keyOf } = require('./keys.js');
const { received } = require('./received.js');

const MAKING = Symbol('making');
const handles = new WeakMap();
/* A signer that nothing uses any more is asked no more. */
const forgotten = new FinalizationRegistry((tag) => events.answerers.delete(tag));

function oneLine(error) {
  return String(error?.message ?? error).replaceAll(/\s+/g, ' ').slice(0, 500);
}

/* Asks `answer` (which may be async) and completes the question with the bytes it gives. */
async function answerBytes(id, answer, argument) {
  let status;
  try {
    status = native.opComplete(id, bytes(await answer(argument), 'answer'));
  } catch (error) {
    native.opFail(id, oneLine(error));
    throw error;
  } finally {
    native.opFree(id);
  }
  /* Withdrawn meanwhile: too late is no fault of the signer. */
  if (status !== STATUS.OK && status !== STATUS.STATE && status !== STATUS.CLOSED) throw new LtnError('the answer was refused', { status });
}

/** Who we are: something that signs. */
class Signer {
  constructor(making, handle) {
    if (making !== MAKING) throw new TypeError('expected Signer.from..., came new Signer');
    handles.set(this, handle);
  }

  static fromSeed(seed) {
    const raw = typeof seed === 'string' ? Buffer.from(text(seed, 'seed'), 'hex') : seed;
    return new Signer(MAKING, value(native.signerNewSeed(bytes(raw, 'seed', 32))));
  }

  /** From a key file or a wallet; a promise, since an encrypted one takes seconds. */
  static fromKeyFile(path) {
    return Signer.fromWallet({ path: text(path, 'path') });
  }

  static async fromWallet(wallet) {
    const result = await native.signerOpenWallet(walletFields(wallet));
    if (typeof result[0] === 'number') throw make(result);
    return new Signer(MAKING, result[0]);
  }

  /** `sign(message)` gives the 64 bytes of the signature over `message` for `key`, now or later. */
  static fromCallback(key, sign, { onError } = {}) {
    const raw = typeof key === 'string' ? keyOf(key) : bytes(key, 'key', 32);
    func(sign, 'sign');
    const tag = events.addAnswerer((id) => {
      const message = received(native.opData(id));
      answerBytes(id, sign, message).catch((error) => onError?.(error));
    });
    let handle;
    try {
      handle = value(native.signerNewQueue(raw, tag));
    } catch (error) {
      events.answerers.delete(tag);
      throw error;
    }
    const signer = new Signer(MAKING, handle);
    forgotten.register(signer, tag);
    return signer;
  }

  get publicKey() { return value(native.signerPublicKey(handles.get(this))); }
  get hotkey() { return encodeHotkey(this.publicKey); }
  get warning() { return native.signerWarning(handles.get(this)); }

  sign(message) {
    return value(native.signerSign(handles.get(this), bytes(message, 'message')));
  }
}

function walletFields(wallet) {
  const from = object(wallet, 'wallet');
  const out = { flags: 0, askTimeout: integer(from.askTimeout, 'wallet.askTimeout', 1, 86400000) };
  for (const name of ['path', 'root', 'name', 'hotkey', 'passwordFile']) {
    if (from[name] !== undefined) out[name] = text(from[name], `wallet.${name}`);
  }
  if (from.password !== undefined) {
    out.password = typeof from.password === 'string' ? Buffer.from(from.password) : bytes(from.password, 'wallet.password');
  }
  if (from.ask !== undefined) {
    const ask = func(from.ask, 'wallet.ask');
    out.ask = (id) => {
      answerBytes(id, async (path) => {
        const password = await ask(path.toString());
        return typeof password === 'string' ? Buffer.from(password) : password;
      }, received(native.opData(id))).catch((error) => from.onError?.(error));
    };
  }
  return out;
}

/** Writes the key file of `seed`. */
async function writeWallet(wallet, seed, { overwrite = false, companion = false, encrypt = false } = {}) {
  const fields = walletFields(wallet);
  if (overwrite) fields.flags |= KEY_FILE.OVERWRITE;
  if (companion) fields.flags |= KEY_FILE.COMPANION;
  if (encrypt) fields.flags |= KEY_FILE.ENCRYPT;
  const result = await native.walletWrite(fields, bytes(seed, 'seed', 32));
  if (typeof result[0] === 'number') throw make(result);
}

/** The public key of a wallet, without any password. */
function walletPublicKey(wallet) {
  return value(native.walletPublicKey(walletFields(wallet)));
}

function signerHandle(signer) {
  const handle = handles.get(signer);
  if (handle === undefined) throw new TypeError('expected a Signer as signer, came something else');
  return handle;
}

module.exports = { Signer, signerHandle, writeWallet, walletPublicKey, oneLine, answerBytes };
