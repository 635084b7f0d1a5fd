'use strict';
/* Objects by the names that the runner gave them, the host's log, and signers. */
const { LtnError, Runtime, Signer } = require('./binding.js');
const { fromHex } = require('./lines.js');

const clients = new Map();
const servers = new Map();
const streams = new Map();
/* AbortControllers of calls, connects and streams. */
const named = new Map();

function find(table, name) {
  const found = table.get(name);
  if (found === undefined) throw closedName(name);
  return found;
}

/* A name that stands for nothing answers what a closed object does. */
function closedName(name) {
  return new LtnError(`the handle is closed: ${name}`, { status: 2 });
}

const clientOf = ({ on }) => find(clients, on);
const serverOf = ({ on }) => find(servers, on).server;
const streamOf = ({ on }) => find(streams, on);
/* What both kinds can do. */
const eitherOf = ({ on }) => servers.get(on)?.server ?? clientOf({ on });

function signalOf({ name }) {
  if (name === undefined) return undefined;
  const controller = new AbortController();
  named.set(name, controller);
  return controller.signal;
}

let lines = [];
const log = (line) => { lines.push(line); };

function takeLog() {
  const taken = lines;
  lines = [];
  return taken;
}

function newRuntime() {
  return new Runtime({ logLevel: 'info', log: ({ level, event, fields }) => log(`${level} ${event} ${fields}`) });
}

const SIGNING = {
  good: (inner, message) => inner.sign(message),
  twice: (inner, message) => inner.sign(message), /* a function returns once */
  wrong: () => Buffer.alloc(64),
  short: (inner, message) => inner.sign(message).subarray(0, 10),
  never: () => new Promise(() => {}),
  throws: () => { throw new Error('inner secret'); },
  late: async (inner, message, ms) => {
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    return inner.sign(message);
  },
};

async function makeSigner({ seed, callback, ms, wallet, name, hotkey_name: hotkey, password, key_file: file }) {
  if (wallet !== undefined) return Signer.fromWallet({ root: wallet, name, hotkey, password });
  if (file !== undefined) return Signer.fromKeyFile(file);
  const inner = Signer.fromSeed(fromHex(seed));
  if (callback === undefined) return inner;
  const onError = (error) => log(`error signer ${error.stack}`);
  return Signer.fromCallback(inner.publicKey, (message) => SIGNING[callback](inner, message, ms), { onError });
}

module.exports = {
  clients, servers, streams, named, clientOf, serverOf, streamOf, eitherOf, signalOf, log, takeLog, newRuntime, makeSigner,
};
