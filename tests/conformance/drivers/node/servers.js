'use strict';
/* What a server does, and how objects end. */
const { Server } = require('./binding.js');
const { newWork, setHandler } = require('./handlers.js');
const {
  clients, log, makeSigner, named, newRuntime, serverOf, servers, streams,
} = require('./objects.js');

async function serve(request) {
  const signer = await makeSigner(request.signer);
  const server = new Server(signer, {
    runtime: newRuntime(),
    listen: request.listen,
    permits: request.permits ?? undefined,
    onError: (error, about) => log(`error handler ${about?.type} ${error?.stack}`),
    ...request.options,
  });
  const entry = { server, work: newWork() };
  for (const handler of request.handlers ?? []) setHandler(entry, handler);
  const address = await server.start();
  servers.set(request.as, entry);
  return { address, hotkey: signer.hotkey };
}

function handle(request) {
  serverOf(request);
  setHandler(servers.get(request.on), request);
  return {};
}

function unhandle(request) {
  serverOf(request).unhandle(request.type);
  return {};
}

function permits(request) {
  const server = serverOf(request);
  if (request.hotkeys === null) server.set('require_validator_permit', false);
  else server.setPermits(request.hotkeys);
  return {};
}

function seen(request) {
  serverOf(request);
  const { started, ended, cancelled } = servers.get(request.on).work;
  return { started, ended, cancelled };
}

async function release(request) {
  serverOf(request);
  const { held } = servers.get(request.on).work;
  const ready = [...held].filter(({ type }) => type === request.type);
  for (const waiting of ready) {
    held.delete(waiting);
    waiting.answer();
  }
  await new Promise(setImmediate); /* the answers go out with the promises that settle now */
  return { count: ready.length };
}

async function stop(request) {
  await serverOf(request).stop({ drain: request.drain_ms ?? 0 });
  return {};
}

/* A closed one stays in its table: later commands meet it. */
async function close({ on }) {
  streams.get(on)?.cancel();
  await clients.get(on)?.close();
  await servers.get(on)?.server.close();
  return {};
}

function forget({ on }) {
  for (const table of [clients, servers, streams, named]) table.delete(on);
  gc();
  return {};
}

module.exports = { serve, handle, unhandle, permits, seen, release, stop, close, forget };
