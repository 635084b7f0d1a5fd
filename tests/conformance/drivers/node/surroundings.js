'use strict';
/* The process around the library: workers, OpenSSL, the collector, keys, constants. */
const crypto = require('node:crypto');
const path = require('node:path');
const tls = require('node:tls');
const { Worker } = require('node:worker_threads');
const { decodeHotkey, encodeHotkey, verifySignature, version } = require('./binding.js');
const { fromHex } = require('./lines.js');
const { takeLog } = require('./objects.js');

/* The binding keeps these to itself; what it knows is what it was generated with. */
const generated = require(path.join(process.env.LTN_NODE, 'lib', 'generated.js'));

/* A worker has an event loop and an instance of the binding of its own. */
function second({ signer, peer }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: { signer, peer } });
    let reply;
    worker.once('message', (message) => { reply = message; });
    worker.once('error', reject);
    worker.once('exit', () => {
      if (reply?.data !== undefined) resolve({ data: reply.data });
      else reject(new Error(reply?.error ?? 'the worker said nothing'));
    });
  });
}

/* Node has OpenSSL inside, beside the one of the library. */
function openssl() {
  tls.createSecureContext();
  const empty = crypto.createHash('sha256').digest('hex');
  if (!empty.startsWith('e3b0c442')) throw new Error(`expected OpenSSL to work, came the hash ${empty}`);
  return { version: process.versions.openssl };
}

async function collect() {
  for (let i = 0; i < 5; ++i) {
    gc();
    await new Promise(setImmediate);
  }
  return {};
}

function hotkey({ key, text }) {
  return text === undefined ? { text: encodeHotkey(fromHex(key)) } : { key: decodeHotkey(text).toString('hex') };
}

function verify({ key, message, signature }) {
  return { good: verifySignature(fromHex(key), fromHex(message), fromHex(signature)) };
}

function constant({ name }) {
  const bare = name.replace(/^LTN_/, '');
  const group = ['KEY_FILE', 'ERR', 'CATEGORY', 'EVENT', 'OP', 'DETAIL', 'LOG', 'PEER', 'METRIC', 'SOURCE', 'CALL']
    .find((each) => bare.startsWith(`${each}_`));
  if (bare === 'OK') return { value: 0 };
  if (group === undefined) return { value: generated[bare] };
  return { value: generated[group === 'ERR' ? 'STATUS' : group][bare.slice(group.length + 1)] };
}

module.exports = {
  second, openssl, gc: collect, hotkey, verify, constant,
  logged: () => ({ lines: takeLog() }),
  versions: () => ({ library: version, abi: generated.ABI_VERSION }),
};
