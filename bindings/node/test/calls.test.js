'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { ltn, virtual, hotkey } = require('./support.js');

test('a call brings back what the handler returned', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('echo', (data) => data) });
  const sent = { text: 'hi', n: 5, big: 2n ** 63n, low: -(2n ** 62n), list: [1, null, true], f: 1.5, bin: Buffer.from([1, 2]) };
  const came = await rig.run(rig.client.call(rig.peer, 'echo', sent));
  assert.deepEqual({ ...came, bin: [...came.bin] }, { ...sent, bin: [1, 2] });
  await rig.end();
});

test('a call without data sends the empty map', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('keys', (data) => ({ keys: Object.keys(data) })) });
  assert.deepEqual(await rig.run(rig.client.call(rig.peer, 'keys')), { keys: [] });
  await rig.end();
});

test('a handler learns who calls', async () => {
  const rig = await virtual({
    setUp: (server) => server.handle('who', (_, request) => ({
      hotkey: request.hotkey, type: request.type, key: request.key.length, remaining: request.remainingMs,
    })),
  });
  const came = await rig.run(rig.client.call(rig.peer, 'who', {}, { timeout: 5000 }));
  assert.equal(came.hotkey, hotkey(2));
  assert.equal(came.type, 'who');
  assert.equal(came.key, 32);
  assert.ok(came.remaining > 0 && came.remaining <= 30000, `remaining ${came.remaining}`);
  await rig.end();
});

test('extensions, timestamps and keys that are no text survive', async () => {
  const rig = await virtual({ setUp: (server) => server.handleRaw('echo', (data) => data) });
  const sent = new Map([['ext', ltn.ext(0x78, Buffer.from('(a+)+'))], ['zero', ltn.ext(0, Buffer.from('z'))],
    ['minus', ltn.ext(-5, Buffer.from('m'))], ['at', new Date(1500)], ['nested', new Map([[7, 'seven']])]]);
  const came = await rig.run(rig.client.call(rig.peer, 'echo', sent, { asMap: true }));
  assert.ok(came.get('ext') instanceof ltn.Ext);
  assert.equal(came.get('ext').type, 0x78);
  assert.equal(came.get('ext').data.toString(), '(a+)+');
  assert.equal(came.get('zero').type, 0);
  assert.equal(came.get('minus').type, -5);
  assert.equal(came.get('at').getTime(), 1500);
  assert.equal(came.get('nested').get(7), 'seven');
  await rig.end();
});

test('raw bytes go and come as they are', async () => {
  const rig = await virtual({ setUp: (server) => server.handleRaw('echo', (data) => data) });
  const sent = Buffer.from([0x81, 0xa1, 0x6e, 0xcd, 0x01, 0x00]);
  assert.deepEqual(await rig.run(rig.client.callRaw(rig.peer, 'echo', sent)), sent);
  await rig.end();
});

test('a large answer arrives whole, without a copy', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('large', ({ n }) => ({ b: Buffer.alloc(n, 7) })) });
  const came = await rig.run(rig.client.callRaw(rig.peer, 'large', ltn.encode({ n: 1 << 20 })));
  assert.ok(came.length > 1 << 20);
  assert.ok(came.subarray(-1000).every((byte) => byte === 7));
  await rig.end();
});

test('a handler that throws answers the generic text, and the host reads the reason', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('bad', async () => { throw new Error('secret reason'); }) });
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'bad', {})), (error) => {
    assert.ok(error instanceof ltn.HandlerError);
    assert.equal(error.code, 'HANDLER');
    assert.equal(error.category, 'handler');
    assert.match(error.message, /request processing failed/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  assert.deepEqual(rig.errors.map((error) => error.message), ['secret reason']);
  await rig.end();
});

test('a handler that returns no map is an error of the host', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('bad', () => 5) });
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'bad', {})), { code: 'HANDLER' });
  assert.match(rig.errors[0].message, /expected a map as answer, came a number/);
  await rig.end();
});

test('a name nobody handles goes to the handler of null, else fails', async () => {
  const rig = await virtual();
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'nobody', {})), { code: 'HANDLER' });
  rig.server.handle(null, (_, request) => ({ type: request.type }));
  assert.deepEqual(await rig.run(rig.client.call(rig.peer, 'nobody', {})), { type: 'nobody' });
  rig.server.unhandle(null);
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'nobody', {})), { code: 'HANDLER' });
  await rig.end();
});

test('a call that is not answered in time ends with DEADLINE and aborts the handler', async () => {
  let reason = null;
  const rig = await virtual({
    setUp: (server) => server.handle('never', (_, request) => new Promise(() => {
      request.signal.addEventListener('abort', () => { reason = request.signal.reason; });
    })),
  });
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'never', {}, { timeout: 200 })), { code: 'DEADLINE', retriable: true });
  await rig.run(new Promise((resolve) => { setImmediate(function look() { return reason ? resolve() : setImmediate(look); }); }));
  assert.ok(reason instanceof ltn.LtnError);
  await rig.end();
});

test('an abort cancels the call with the reason of the signal', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('never', () => new Promise(() => {})) });
  const control = new AbortController();
  const call = rig.client.call(rig.peer, 'never', {}, { signal: control.signal });
  for (let i = 0; i < 20; ++i) rig.net.step(20);
  control.abort(new Error('changed my mind'));
  await assert.rejects(rig.run(call), /changed my mind/);
  await assert.rejects(rig.client.call(rig.peer, 'never', {}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await rig.end();
});

test('a thousand calls at once are all answered', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('echo', (data) => data) });
  const calls = Array.from({ length: 1000 }, (_, n) => rig.client.call(rig.peer, 'echo', { n }));
  const came = await rig.run(Promise.all(calls));
  assert.deepEqual(came.map(({ n }) => n), Array.from({ length: 1000 }, (_, n) => n));
  assert.equal(rig.client.stat('calls_in_flight'), 0);
  await rig.end();
});

test('closing ends what is under way with SHUTDOWN, and later calls with CLOSED', async () => {
  const rig = await virtual({ setUp: (server) => server.handle('never', () => new Promise(() => {})) });
  const call = rig.client.call(rig.peer, 'never', {});
  call.catch(() => {});
  for (let i = 0; i < 20; ++i) rig.net.step(20);
  await rig.end();
  await assert.rejects(call, { code: 'SHUTDOWN' });
  await assert.rejects(rig.client.call(rig.peer, 'never', {}), { code: 'CLOSED' });
  assert.throws(() => rig.client.peers(), { code: 'CLOSED' });
  assert.throws(() => rig.server.peers(), { code: 'CLOSED' });
  assert.throws(() => rig.server.handle('x', () => {}), { code: 'CLOSED' });
  assert.equal(await rig.client.closed, null);
  await rig.client.close();
});

test('the same seed gives the same run', async () => {
  const times = [];
  for (let run = 0; run < 2; ++run) {
    const rig = await virtual({ setUp: (server) => server.handle('echo', (data) => data) });
    rig.net.setLoss(100000);
    for (let i = 0; i < 10; ++i) await rig.run(rig.client.call(rig.peer, 'echo', { i }));
    times.push(rig.net.nowNs);
    await rig.end();
  }
  assert.equal(times[0], times[1]);
});
