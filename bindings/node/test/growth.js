'use strict';
/* Resident growth after the first tenth, per 10,000 rounds (started by the program `growth`):
 *
 *   node --expose-gc growth.js calls|handles|starts|streams [--full | ROUNDS]
 *
 * Resident memory moves by whole spans of V8's and the allocator's free lists. So: a collection before each
 * reading, 18 readings after the first tenth, and the median of the slopes between all pairs of them
 * (Theil-Sen), which single jumps do not move. Ends with 1 above 1 KiB per 10,000, unless all of the growth is
 * below 32 pages: 10,000 starts may take less than one page by that measure, and V8 alone moves by more. A run
 * that is shorter than --full ends while those lists still fill: it only looks for what would be a leak of every
 * round, 64 bytes and more. */
const fs = require('node:fs');
const { Client, Server, Signer } = require('..');

const BATCH = 100;
const READINGS = 20; /* two of them are the first tenth */
const LIMIT_KIB = 1;
const FULL = { calls: 1e6, handles: 1e6, starts: 1e4, streams: 1e5 };
const FEW_PAGES = 32 * 4096;
/* What free lists may take in a short run, besides 64 bytes a round. */
const FILLING_BYTES = 2 << 20;

const seed = (number) => Buffer.alloc(32, number);
const signers = [Signer.fromSeed(seed(1)), Signer.fromSeed(seed(2))];
const settle = () => new Promise(setImmediate);

async function resident() {
  for (let i = 0; i < 3; ++i) {
    gc();
    await settle();
  }
  return 4096 * Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[1]);
}

async function pair() {
  const server = new Server(signers[0], { maxHandshakeAttemptsPerMinute: 1000000, maxHotkeyAttemptsPerMinute: 1000000 });
  server.handle('echo', (data) => data);
  server.handleStream('three', async function* () { yield 'a'; yield 'b'; yield 'c'; });
  const address = await server.start();
  const client = new Client(signers[1]);
  return { server, client, peer: { hotkey: signers[0].hotkey, address } };
}

/* Each gives a function that does BATCH rounds. */
const kinds = {
  async calls() {
    const rig = await pair();
    return async () => { await Promise.all(Array.from({ length: BATCH }, (_, n) => rig.client.call(rig.peer, 'echo', { n }))); };
  },
  async streams() {
    const rig = await pair();
    return async () => {
      for (let i = 0; i < BATCH; ++i) for await (const chunk of rig.client.stream(rig.peer, 'three', {})) void chunk;
    };
  },
  async handles() {
    return async () => {
      for (let i = 0; i < BATCH; ++i) Signer.fromSeed(seed(3));
      await settle();
    };
  },
  async starts() {
    return async () => {
      for (let i = 0; i < BATCH; ++i) {
        const client = new Client(signers[1]);
        await client.close();
      }
    };
  },
};

/* The median slope between all pairs of readings, in units per reading. */
function slope(values) {
  const slopes = [];
  for (let i = 0; i < values.length; ++i) {
    for (let j = i + 1; j < values.length; ++j) slopes.push((values[j] - values[i]) / (j - i));
  }
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)];
}

async function main() {
  const [kind, length] = process.argv.slice(2);
  const total = length === '--full' ? FULL[kind] : Number(length ?? FULL[kind] / 50);
  const round = await kinds[kind]();
  const step = Math.max(1, Math.round(total / READINGS / BATCH)); /* batches between two readings */
  const readings = [];
  const heaps = [];
  for (let reading = 0; reading < READINGS; ++reading) {
    for (let i = 0; i < step; ++i) await round();
    readings.push(await resident());
    const { heapUsed, external } = process.memoryUsage();
    heaps.push(heapUsed + external);
  }
  const per = (values) => slope(values.slice(2)) / (step * BATCH) * 10000 / 1024;
  const [grown, heap] = [per(readings), per(heaps)];
  const whole = readings.at(-1) - readings[2];
  const rounds = step * BATCH * (READINGS - 2);
  const good = length === '--full' ? grown <= LIMIT_KIB || whole <= FEW_PAGES : whole <= FILLING_BYTES + 64 * rounds;
  console.log(JSON.stringify({ kind, rounds: step * BATCH * READINGS, kibPer10k: Number(grown.toFixed(2)),
    heapKibPer10k: Number(heap.toFixed(2)), wholeKib: whole / 1024, readingsKib: readings.map((bytes) => bytes / 1024) }));
  if (!good) console.error(`growth: expected at most ${LIMIT_KIB} KiB per 10,000 ${kind}, came ${grown.toFixed(1)}, ${whole} bytes in all`);
  process.exit(good ? 0 : 1);
}

main();
