'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { Worker } = require('node:worker_threads');
const { execFileSync, spawnSync } = require('node:child_process');
const path = require('node:path');
const { ltn, loopback, hotkey } = require('./support.js');

const root = path.join(__dirname, '..');

/* Runs a program in a process of its own; a hang fails by the timeout. */
function run(text, args = []) {
  return spawnSync(process.execPath, [...args, '-e', text], { cwd: root, encoding: 'utf8', timeout: 20000 });
}

test('a call over real sockets', async () => {
  const rig = await loopback({ setUp: (server) => server.handle('echo', (data) => data) });
  assert.deepEqual(await rig.client.call(rig.peer, 'echo', { n: 1 }), { n: 1 });
  const met = await rig.client.connect(rig.address, hotkey(1));
  assert.equal(met.hotkey, hotkey(1));
  assert.ok(met.setupMs > 0);
  await rig.end();
});

test('a registry keeps peers connected and says what is wrong with which', async () => {
  const seen = [];
  const rig = await loopback({
    setUp: (server) => server.handle('echo', (data) => data),
    server: { observe: (key, address) => seen.push([key, address]) },
  });
  const outcome = await rig.client.setRegistry([{ hotkey: hotkey(1), address: rig.address }, ['nonsense', '127.0.0.1:1']]);
  assert.equal(outcome[0], null);
  assert.equal(outcome[1].code, 'BAD_KEY');
  assert.deepEqual(await rig.client.call(hotkey(1), 'echo', { n: 2 }), { n: 2 });
  assert.deepEqual(rig.client.peers().map(({ hotkey: key, state, code }) => [key, state, code]), [[hotkey(1), 'ready', null]]);
  assert.deepEqual(rig.server.peers().map(({ hotkey: key }) => key), [hotkey(2)]);
  assert.equal(rig.client.stats().miners_ready, 1);
  assert.equal(rig.server.stat('requests_unary'), 1);
  assert.ok(rig.server.metrics().length > 10);
  assert.equal(rig.client.connectionStats().active_miners, '1');
  assert.equal(seen[0][0], hotkey(2));
  assert.throws(() => rig.client.stat('nonsense'), { code: 'UNKNOWN_OPTION' });
  await rig.end();
});

test('who has no permit is not admitted', async () => {
  let asked = 0;
  const rig = await loopback({
    setUp: (server) => server.handle('echo', (data) => data),
    server: { require_validator_permit: true, permits: async () => { asked += 1; return [hotkey(3)]; } },
  });
  await assert.rejects(rig.client.call(rig.peer, 'echo', {}), ltn.HandshakeError);
  assert.equal(asked, 1);
  rig.server.setPermits([hotkey(2), hotkey(3)]);
  await rig.client.setRegistry([[hotkey(1), rig.address]]);
  assert.deepEqual(await rig.client.call(rig.peer, 'echo', { n: 1 }), { n: 1 });
  await rig.end();
});

test('the log of a runtime reaches the host', async () => {
  const lines = [];
  const runtime = new ltn.Runtime({ log: (line) => lines.push(line), logLevel: 'debug', spinUs: 0 });
  const setUp = (server) => server.handle('bad', () => { throw new Error('for the log'); });
  const rig = await loopback({ server: { runtime }, client: { runtime }, setUp });
  await assert.rejects(rig.client.call(rig.peer, 'bad', {}), { code: 'HANDLER' });
  await rig.end();
  assert.ok(lines.some(({ fields }) => fields.includes('for the log')), JSON.stringify(lines));
  while (!runtime.closed) await new Promise(setImmediate);
});

test('stop lets running requests finish', async () => {
  let begun;
  const began = new Promise((resolve) => { begun = resolve; });
  const rig = await loopback({
    setUp: (server) => server.handle('slow', async () => {
      begun();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      return { done: true };
    }),
  });
  const call = rig.client.call(rig.peer, 'slow', {});
  await began;
  const stopped = rig.server.stop({ drain: 10000 });
  assert.deepEqual(await call, { done: true });
  await stopped;
  await rig.client.close();
});

test('ESM and CommonJS get the same classes', () => {
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', `
    import { createRequire } from 'node:module';
    import { Client, LtnError } from 'ltn';
    import { TestingRuntime } from 'ltn/testing';
    const required = createRequire(process.cwd() + '/x.js')('ltn');
    console.log(Client === required.Client, LtnError === required.LtnError, typeof TestingRuntime);
  `], { cwd: root, encoding: 'utf8' });
  assert.equal(out.trim(), 'true true function');
});

test('an idle client does not keep the process, a running server does until unref', () => {
  const idle = run(`const { Client, Signer } = require('.'); new Client(Signer.fromSeed(Buffer.alloc(32, 1))); console.log('end');`);
  assert.deepEqual([idle.status, idle.stdout, idle.stderr], [0, 'end\n', '']);
  const unref = run(`const { Server, Signer } = require('.');
    new Server(Signer.fromSeed(Buffer.alloc(32, 1))).unref().start().then(() => console.log('end'));`);
  assert.deepEqual([unref.status, unref.stdout, unref.stderr], [0, 'end\n', '']);
  const kept = run(`const { Server, Signer } = require('.'); const s = new Server(Signer.fromSeed(Buffer.alloc(32, 1)));
    s.start().then(() => setTimeout(() => { console.log('still'); s.stop(); }, 20).unref());
    process.on('exit', () => console.log('exit'));`);
  assert.deepEqual([kept.status, kept.stdout, kept.stderr], [0, 'still\nexit\n', '']);
});

test('exit in the middle of everything is clean', () => {
  for (const how of ['process.exit(7)', 'process.exitCode = 7; client.unref(); server.unref()', 'throw new Error("x")']) {
    const came = run(`const { Client, Server, Signer } = require('.');
      (async () => {
        const server = new Server(Signer.fromSeed(Buffer.alloc(32, 1)), { observe() {} });
        server.handle('never', () => new Promise(() => {}));
        server.handleStream('much', async function* () { for (;;) yield Buffer.alloc(100000); });
        const address = await server.start();
        const signer = Signer.fromSeed(Buffer.alloc(32, 2));
        const client = new Client(signer).unref();
        const peer = { hotkey: Signer.fromSeed(Buffer.alloc(32, 1)).hotkey, address };
        client.call(peer, 'never', {}).catch(() => {});
        const stream = client.stream(peer, 'much', {});
        await stream.read();
        ${how};
      })();`);
    assert.ok(came.status === 7 || (came.status === 1 && how.startsWith('throw')), `${how}: ${came.status} ${came.signal} ${came.stderr}`);
    assert.equal(came.signal, null);
  }
});

test('each worker has an instance of its own, and may be terminated at any time', async () => {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const { Client, Server, Signer } = require(${JSON.stringify(root)});
    (async () => {
      const server = new Server(Signer.fromSeed(Buffer.alloc(32, 1)));
      server.handle('echo', (data) => data);
      const address = await server.start();
      const client = new Client(Signer.fromSeed(Buffer.alloc(32, 2)));
      const peer = { hotkey: Signer.fromSeed(Buffer.alloc(32, 1)).hotkey, address };
      for (let n = 0; ; ++n) {
        const { n: came } = await client.call(peer, 'echo', { n });
        if (came !== n) throw new Error('expected ' + n + ', came ' + came);
        if (n === 20) parentPort.postMessage('running');
      }
    })();`;
  for (let round = 0; round < 3; ++round) {
    const workers = Array.from({ length: 4 }, () => new Worker(program, { eval: true }));
    await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    })));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});

test('a forgotten stream is collected and cancelled', () => {
  const came = run(`const { Client, Server, Signer } = require('.');
    (async () => {
      let returned = false;
      const server = new Server(Signer.fromSeed(Buffer.alloc(32, 1))).handleStream('much', async function* () {
        try { for (;;) yield Buffer.alloc(10000); } finally { returned = true; }
      });
      const address = await server.start();
      const client = new Client(Signer.fromSeed(Buffer.alloc(32, 2)));
      const peer = { hotkey: Signer.fromSeed(Buffer.alloc(32, 1)).hotkey, address };
      await (async () => { await client.stream(peer, 'much', {}).read(); })();
      for (let i = 0; i < 100 && !returned; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
      console.log(returned);
      await client.close();
      await server.stop();
    })();`, ['--expose-gc']);
  assert.deepEqual([came.status, came.stdout, came.stderr], [0, 'true\n', '']);
});

test('a client that only its call knows lives as long as the call, and no longer', () => {
  const came = run(`const { Client, Server, Signer } = require('.');
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    (async () => {
      const server = new Server(Signer.fromSeed(Buffer.alloc(32, 1)));
      server.handle('slow', async () => { for (let i = 0; i < 10; ++i) { gc(); await sleep(5); } return { n: 1 }; });
      const address = await server.start();
      const peer = { hotkey: Signer.fromSeed(Buffer.alloc(32, 1)).hotkey, address };
      console.log(JSON.stringify(await new Client(Signer.fromSeed(Buffer.alloc(32, 2))).call(peer, 'slow', {})));
      for (let i = 0; i < 100 && server.stat('connections') > 0; ++i) { gc(); await sleep(10); }
      console.log(server.stat('connections'));
      await server.stop();
    })();`, ['--expose-gc']);
  assert.deepEqual([came.status, came.stdout, came.stderr], [0, '{"n":1}\n0\n', '']);
});
