'use strict';
/* Resident growth per 10,000 rounds after the first tenth:
 *
 *   node --expose-gc bench/growth.js calls|handles|starts|streams [rounds] */
const { Client, Server, Signer } = require('..');

const seed = (number) => Buffer.alloc(32, number);
const signers = [Signer.fromSeed(seed(1)), Signer.fromSeed(seed(2))];
const settle = () => new Promise(setImmediate);

async function resident() {
  for (let i = 0; i < 5; ++i) {
    gc();
    await settle();
  }
  return process.memoryUsage().rss;
}

async function pair() {
  const server = new Server(signers[0], { maxHandshakeAttemptsPerMinute: 1000000, maxHotkeyAttemptsPerMinute: 1000000 });
  server.handle('echo', (data) => data);
  server.handleStream('three', async function* () { yield 'a'; yield 'b'; yield 'c'; });
  const address = await server.start();
  const client = new Client(signers[1]);
  return { server, client, peer: { hotkey: signers[0].hotkey, address } };
}

const rounds = {
  async calls() {
    const rig = await pair();
    return async () => { await Promise.all(Array.from({ length: 10 }, (_, n) => rig.client.call(rig.peer, 'echo', { n }))); };
  },
  async streams() {
    const rig = await pair();
    return async () => {
      for (let i = 0; i < 10; ++i) for await (const chunk of rig.client.stream(rig.peer, 'three', {})) void chunk;
    };
  },
  async handles() {
    return async () => { for (let i = 0; i < 10; ++i) Signer.fromSeed(seed(3)); await settle(); };
  },
  async starts() {
    return async () => {
      for (let i = 0; i < 10; ++i) {
        const client = new Client(signers[1]);
        await client.close();
      }
    };
  },
};

async function main() {
  const [kind, count = '10000'] = process.argv.slice(2);
  const round = await rounds[kind]();
  const total = Number(count) / 10;
  const first = Math.ceil(total / 10);
  for (let i = 0; i < first; ++i) await round();
  const before = await resident();
  for (let i = first; i < total; ++i) await round();
  const grown = await resident() - before;
  const per = grown / ((total - first) * 10) * 10000;
  console.log(`${kind}: ${count} rounds, grew ${(grown / 1024).toFixed(0)} KiB, ${(per / 1024).toFixed(1)} KiB per 10,000`);
  process.exit(0);
}

main();
