'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ltn, seed, signer, hotkey, virtual } = require('./support.js');

const echo = (server) => server.handle('echo', (data) => data);

test('a callback signs for a client, later and in its own time', async () => {
  const device = signer(2);
  let asked = 0;
  const remote = ltn.Signer.fromCallback(device.publicKey, async (message) => {
    asked += 1;
    await new Promise(setImmediate);
    return device.sign(message);
  });
  const rig = await virtual({ setUp: echo, signers: [signer(1), remote] });
  assert.deepEqual(await rig.run(rig.client.call(rig.peer, 'echo', { n: 1 })), { n: 1 });
  assert.ok(asked >= 1);
  await rig.end();
});

test('a callback that throws, lies or never answers fails every call, with the reason', async () => {
  const kinds = [
    [() => { throw new Error('no device'); }, 'SIGNER'],
    [() => Buffer.alloc(64, 1), 'KEY_MISMATCH'],
    [() => Buffer.alloc(3), 'SIGNER'],
    [() => new Promise(() => {}), 'SIGNER_TIMEOUT'],
  ];
  for (const [sign, code] of kinds) {
    const remote = ltn.Signer.fromCallback(hotkey(2), sign);
    const rig = await virtual({ setUp: echo, signers: [signer(1), remote], client: { signer_timeout_ms: 500 } });
    await assert.rejects(rig.run(rig.client.call(rig.peer, 'echo', {})), { code, category: 'signing' });
    assert.equal((await rig.run(rig.client.closed)).code, code);
    await assert.rejects(rig.run(rig.client.call(rig.peer, 'echo', {})), { code, category: 'signing' });
    await rig.end();
    await assert.rejects(rig.client.call(rig.peer, 'echo', {}), { code: 'CLOSED', message: 'the client is closed' });
  }
});

test('a callback signs for a server', async () => {
  const device = signer(1);
  const remote = ltn.Signer.fromCallback(device.hotkey, (message) => device.sign(message));
  const rig = await virtual({ setUp: echo, signers: [remote, signer(2)] });
  /* The self-test first: a step whose datagrams meet a server that is not ready yet does not return. */
  rig.net.step(1);
  await new Promise(setImmediate);
  assert.deepEqual(await rig.run(rig.client.call(rig.peer, 'echo', { n: 1 })), { n: 1 });
  await rig.end();
});

test('keys, hotkeys and signatures agree', () => {
  const one = signer(1);
  assert.deepEqual(ltn.decodeHotkey(one.hotkey), one.publicKey);
  assert.equal(ltn.encodeHotkey(one.publicKey), one.hotkey);
  const message = Buffer.from('message');
  const signature = one.sign(message);
  assert.ok(ltn.verifySignature(one.hotkey, message, signature));
  assert.ok(!ltn.verifySignature(hotkey(2), message, signature));
  assert.throws(() => ltn.decodeHotkey('nonsense'), { code: 'BAD_KEY' });
  assert.equal(ltn.generateSeed().length, 32);
  assert.throws(() => ltn.Signer.fromSeed(Buffer.alloc(5)), RangeError);
});

test('wallets are written and opened, encrypted ones with a password that is asked for', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ltn-node-'));
  try {
    await ltn.writeWallet({ root, name: 'w', hotkey: 'plain' }, seed(9));
    assert.equal((await ltn.Signer.fromWallet({ root, name: 'w', hotkey: 'plain' })).hotkey, hotkey(9));
    assert.equal((await ltn.Signer.fromKeyFile(path.join(root, 'w', 'hotkeys', 'plain'))).hotkey, hotkey(9));
    assert.deepEqual(ltn.walletPublicKey({ root, name: 'w', hotkey: 'plain' }), signer(9).publicKey);
    await assert.rejects(ltn.writeWallet({ root, name: 'w', hotkey: 'plain' }, seed(9)), { code: 'IO' });
    await assert.rejects(ltn.Signer.fromKeyFile(path.join(root, 'none')), { code: 'IO' });
    await ltn.writeWallet({ root, name: 'w', hotkey: 'sealed', password: 'pw' }, seed(8), { encrypt: true });
    let path_asked = null;
    const opened = await ltn.Signer.fromWallet({
      root, name: 'w', hotkey: 'sealed', ask: async (file) => { path_asked = file; return 'pw'; },
    });
    assert.equal(opened.hotkey, hotkey(8));
    assert.equal(path_asked, path.join(root, 'w', 'hotkeys', 'sealed'));
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

test('a callback that never answers leaves nothing behind', async () => {
  const native = require('../lib/native.js');
  let id = 0;
  const opData = native.opData;
  native.opData = (which) => { id = which; return opData(which); };
  try {
    const remote = ltn.Signer.fromCallback(hotkey(2), () => new Promise(() => {}));
    const rig = await virtual({ setUp: echo, signers: [signer(1), remote], client: { signer_timeout_ms: 500 } });
    await assert.rejects(rig.run(rig.client.call(rig.peer, 'echo', {})));
    await rig.end();
    const { STATUS } = require('../lib/generated.js');
    assert.notEqual(id, 0);
    assert.equal(native.opStatus(id), STATUS.CLOSED); /* freed: the number is known no more */
  } finally {
    native.opData = opData;
  }
});
