'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { ltn, signer, virtual } = require('./support.js');
const native = require('../lib/native.js');
const generated = require('../lib/generated.js');

test('wrong kinds and ranges are refused before anything is sent', async () => {
  const rig = await virtual();
  const { client, peer } = rig;
  const cases = [
    [() => client.call(5, 'x', {}), TypeError, /^expected a hotkey, .* as peer, came a number$/],
    [() => client.call(Buffer.alloc(31), 'x', {}), RangeError, /^expected a peer of 32 bytes, came 31$/],
    [() => client.call(peer, 5, {}), TypeError, /^expected a text as type, came a number$/],
    [() => client.call(peer, 'x', [1]), TypeError, /^expected a map as data, came a list$/],
    [() => client.call(peer, 'x', {}, 5), TypeError, /^expected an object as options, came a number$/],
    [() => client.call(peer, 'x', {}, { timeout: 0 }), RangeError, /^expected a time above 0, came 0$/],
    [() => client.call(peer, 'x', {}, { timeout: -1 }), RangeError, /^expected a time above 0, came a negative one$/],
    [() => client.call(peer, 'x', {}, { timeout: 2 ** 54 }), RangeError,
      /^expected a time of at most 2\^53 milliseconds, came a longer one$/],
    [() => client.call(peer, 'x', {}, { timeout: '5' }), TypeError, /^expected a time, came a text$/],
    [() => client.call(peer, 'x', {}, { priority: 5 }), RangeError, /^expected a whole number from -3 to 4 as priority, came 5$/],
    [() => client.call(peer, 'x', {}, { signal: {} }), TypeError, /^expected an AbortSignal as signal, came an object of Object$/],
    [() => client.call({ ...peer, address: 'a\0b' }, 'x', {}), RangeError, /^expected a text without NUL/],
    [() => client.callRaw(peer, 'x', 'text'), TypeError, /^expected a Uint8Array as data, came a text$/],
    [() => client.call(peer, 'x', { n: 2n ** 64n }), TypeError, /^expected data that MessagePack can hold, came something else$/],
    [() => client.setRegistry('x'), TypeError, /^expected a list as entries, came a text$/],
    [() => rig.server.handle('x', null), TypeError, /^expected a function as handler, came nothing$/],
    [() => ltn.Signer.fromSeed(Buffer.alloc(31)), RangeError, /^expected a seed of 32 bytes, came 31$/],
  ];
  for (const [run, Kind, message] of cases) {
    await assert.rejects(async () => run(), (error) => error instanceof Kind && message.test(error.message), String(run));
  }
  await assert.rejects(client.call('5Fnotakey', 'x', {}), { code: 'BAD_KEY' });
  await assert.rejects(client.callRaw(peer, 'x', Buffer.from([0x91, 1])), { code: 'MALFORMED' });
  assert.equal(client.stat('calls_started'), 0);
  await rig.end();
});

test('options are checked by name, kind and range', async () => {
  assert.throws(() => new ltn.Client(signer(1), { noSuchOption: 1 }), { code: 'UNKNOWN_OPTION' });
  assert.throws(() => new ltn.Client(signer(1), { max_connections: 0 }), { code: 'OUT_OF_RANGE' });
  assert.throws(() => new ltn.Client(signer(1), { maxConnections: {} }), TypeError);
  assert.throws(() => new ltn.Client({}), /expected a Signer.* as signer, came/);
  const rig = await virtual({ client: { max_connections: 7, default_timeout: '3s', stream_chunk_timeout_ms: null } });
  rig.client.set('defaultTimeoutMs', 5000);
  assert.throws(() => rig.client.set('max_connections', 3), { code: 'STATE' });
  await rig.end();
});

test('a client whose constructor failed leaves nothing behind', () => {
  for (let i = 0; i < 100; ++i) {
    assert.throws(() => new ltn.Client(signer(1), { idle_timeout_ms: 1, keep_alive_interval_ms: 50 }), { code: 'CONFIG' });
  }
});

test('constants are those of the loaded library', () => {
  const loaded = native.constants();
  for (const [prefix, table] of [['LTN_ERR_', generated.STATUS], ['LTN_CATEGORY_', generated.CATEGORY],
    ['LTN_EVENT_', generated.EVENT], ['LTN_OP_', generated.OP], ['LTN_DETAIL_', generated.DETAIL]]) {
    const own = Object.fromEntries(Object.entries(table).filter(([name]) => name !== 'OK').map(([name, value]) => [prefix + name, value]));
    const theirs = Object.fromEntries(Object.entries(loaded).filter(([name]) => name.startsWith(prefix)));
    assert.deepEqual(own, theirs);
  }
});
