'use strict';
/* What a client does but streams. */
const { Client, encode } = require('./binding.js');
const { bodyOf, shown } = require('./lines.js');
const { clients, named, clientOf, eitherOf, makeSigner, newRuntime, servers, signalOf } = require('./objects.js');

const options = (request) => ({ timeout: request.timeout_ms, signal: signalOf(request) });

async function client(request) {
  const signer = await makeSigner(request.signer);
  clients.set(request.as, new Client(signer, { runtime: newRuntime(), ...request.options }));
  return { hotkey: signer.hotkey };
}

async function call(request) {
  const from = clientOf(request);
  if (request.value !== undefined) {
    return { value: await from.call(request.peer, request.type, request.value, options(request)) };
  }
  return { data: shown(await from.callRaw(request.peer, request.type, bodyOf(request), options(request))) };
}

async function many({ on, peer, type, n, in_flight: inFlight = 1, fill = 0 }) {
  const from = clientOf({ on });
  const data = encode({ b: Buffer.alloc(fill) });
  const failed = {};
  let good = 0;
  let left = n;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (left-- > 0) {
      let code;
      try {
        const answer = await from.callRaw(peer, type, data);
        code = answer.equals(data) ? undefined : 'different';
      } catch (error) {
        code = String(error.code ?? error.name).toLowerCase();
      }
      if (code === undefined) good += 1;
      else failed[code] = (failed[code] ?? 0) + 1;
    }
  }));
  return { ok: good, failed };
}

function cancel({ name }) {
  named.get(name)?.abort();
  return {};
}

async function connect(request) {
  const { address, hotkey } = request.peer;
  const met = await clientOf(request).connect(address, hotkey, options(request));
  return { hotkey: met.hotkey, address: met.address, alpn: met.alpn };
}

async function registry(request) {
  const outcomes = await clientOf(request).setRegistry(request.entries);
  return { outcomes: outcomes.map((error) => (error === null ? 'ok' : error.code.toLowerCase())) };
}

function peers(request) {
  const all = eitherOf(request).peers();
  const there = servers.has(request.on) ? all : all.filter(({ state }) => state === 'ready');
  return { hotkeys: there.map(({ hotkey }) => hotkey).sort() };
}

function set(request) {
  eitherOf(request).set(request.name, request.value);
  return {};
}

const stat = (request) => ({ value: eitherOf(request).stat(request.name) });
const metrics = (request) => ({ names: [...new Set(eitherOf(request).metrics().map(({ name }) => name))].sort() });

module.exports = { client, call, many, cancel, connect, registry, peers, set, stat, metrics };
