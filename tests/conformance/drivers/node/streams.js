'use strict';
/* Streams from the caller's side. */
const crypto = require('node:crypto');
const { bodyOf, fromHex, shown } = require('./lines.js');
const { clientOf, signalOf, streamOf, streams } = require('./objects.js');

function open(request) {
  const from = clientOf(request);
  const { peer, type, value } = request;
  const options = { send: request.send, timeout: request.timeout_ms, signal: signalOf(request) };
  const stream = value === undefined ? from.streamRaw(peer, type, bodyOf(request), options) : from.stream(peer, type, value, options);
  streams.set(request.as, stream);
  return {};
}

async function read(request) {
  const chunk = await streamOf(request).read();
  return chunk === null ? { end: true } : { chunk: shown(chunk) };
}

async function collect(request) {
  const stream = streamOf(request);
  const hash = crypto.createHash('sha256');
  let chunks = 0;
  let len = 0;
  for (;;) {
    if (request.slow_ms) await new Promise((resolve) => { setTimeout(resolve, request.slow_ms); });
    const chunk = await stream.read();
    if (chunk === null) return { chunks, len, sha256: hash.digest('hex') };
    hash.update(chunk);
    chunks += 1;
    len += chunk.length;
  }
}

async function send(request) {
  const { chunk } = request;
  await streamOf(request).send(typeof chunk === 'object' ? Buffer.alloc(chunk.fill) : fromHex(chunk));
  return {};
}

function end(request) {
  streamOf(request).end();
  return {};
}

function drop(request) {
  streamOf(request).cancel();
  streams.delete(request.on);
  return {};
}

module.exports = { open, read, collect, send, end, drop };
