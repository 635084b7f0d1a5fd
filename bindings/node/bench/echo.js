'use strict';
/* 1 KB echo over loopback, both ends in this process or, with --two, the server in a worker.
 *
 *   node bench/echo.js [--two] [--raw] [seconds]
 *
 * LTN_NODE_EVENTS=thread takes the thread-safe function instead of the descriptor. */
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const { Client, Server, Signer, encode } = require('..');

const seed = (number) => Buffer.alloc(32, number);

async function serve() {
  const server = new Server(Signer.fromSeed(seed(1)), { maxRequestsPerPeer: 1024, maxConcurrentBidiStreams: 1024 });
  server.handleRaw('echo', (data) => data);
  return server.start();
}

async function measure(inFlight, seconds, call) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (;;) {
      const begin = performance.now();
      if (begin > end) return;
      await call();
      times.push(performance.now() - begin);
    }
  }));
  times.sort((a, b) => a - b);
  const at = (share) => (1000 * times[Math.floor(times.length * share)]).toFixed(0);
  console.log(`${inFlight} in flight: ${(times.length / seconds).toFixed(0)} calls/s, p50 ${at(0.5)} us, p99 ${at(0.99)} us`);
}

async function main() {
  const seconds = Number(process.argv.at(-1)) || 2;
  const two = process.argv.includes('--two');
  let worker = null;
  const address = two
    ? await new Promise((resolve) => { worker = new Worker(__filename); worker.once('message', resolve); })
    : await serve();
  const client = new Client(Signer.fromSeed(seed(2)));
  const peer = { hotkey: Signer.fromSeed(seed(1)).hotkey, address };
  const data = { text: 'x'.repeat(1000) };
  const bytes = encode(data);
  const call = process.argv.includes('--raw') ? () => client.callRaw(peer, 'echo', bytes) : () => client.call(peer, 'echo', data);
  await measure(1, 0.5, call);
  await measure(1, seconds, call);
  await measure(32, seconds, call);
  await client.close();
  await worker?.terminate();
  process.exit(0);
}

if (isMainThread) main();
else serve().then((address) => parentPort.postMessage(address));
