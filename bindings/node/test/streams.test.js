'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const { ltn, virtual } = require('./support.js');

async function collect(source) {
  const out = [];
  for await (const chunk of source) out.push(chunk.toString());
  return out;
}

test('chunks of a generator arrive in order', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('count', async function* (data) {
      for (let i = 0; i < data.n; ++i) yield `chunk ${i}`;
    }),
  });
  const stream = rig.client.stream(rig.peer, 'count', { n: 50 });
  assert.deepEqual(await rig.run(collect(stream)), Array.from({ length: 50 }, (_, i) => `chunk ${i}`));
  await rig.run(stream.done);
  await rig.end();
});

test('a slow reader holds the generator back', async () => {
  let made = 0;
  const rig = await virtual({
    setUp: (server) => server.handleStream('much', async function* () {
      for (; made < 1000; ++made) yield Buffer.alloc(65536);
    }),
    client: { streamWindowBytes: 262144 },
    server: { streamBufferBytes: 65536 },
  });
  const stream = rig.client.stream(rig.peer, 'much', {});
  assert.equal((await rig.run(stream.read())).length, 65536);
  for (let i = 0; i < 200; ++i) {
    rig.net.step(20);
    await new Promise(setImmediate);
  }
  assert.ok(made < 100, `${made} chunks were made for one that was read`);
  stream.cancel();
  await assert.rejects(stream.done, { code: 'CANCELLED' });
  await rig.end();
});

test('a generator that throws ends the stream without success', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('bad', async function* () {
      yield 'one';
      throw new Error('secret');
    }),
  });
  const stream = rig.client.stream(rig.peer, 'bad', {});
  assert.equal((await rig.run(stream.read())).toString(), 'one');
  await assert.rejects(rig.run(stream.read()), (error) => {
    assert.ok(error instanceof ltn.StreamError, error.stack);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  assert.equal(rig.errors[0].message, 'secret');
  await rig.end();
});

test('leaving the loop early returns the generator', async () => {
  let returned = false;
  const rig = await virtual({
    setUp: (server) => server.handleStream('endless', async function* () {
      try {
        for (;;) yield Buffer.alloc(1000);
      } finally {
        returned = true;
      }
    }),
  });
  const first = (async () => {
    for await (const chunk of rig.client.stream(rig.peer, 'endless', {})) return chunk.length;
    return 0;
  })();
  assert.equal(await rig.run(first), 1000);
  for (let i = 0; i < 100 && !returned; ++i) {
    rig.net.step(20);
    await new Promise(setImmediate);
  }
  assert.ok(returned);
  await rig.end();
});

test('a Web Stream reads the chunks', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('count', () => new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('a'));
        controller.enqueue(Buffer.from('b'));
        controller.close();
      },
    })),
  });
  const stream = rig.client.stream(rig.peer, 'count', {});
  assert.deepEqual(await rig.run(collect(stream.readable)), ['a', 'b']);
  await rig.end();
});

test('chunks of the caller reach the handler, and the answer comes after', async () => {
  const rig = await virtual({
    setUp: (server) => server.handle('sum', async (_, request) => {
      let size = 0;
      for await (const chunk of request.body) size += chunk.length;
      return { size };
    }),
  });
  async function* body() {
    for (let i = 0; i < 100; ++i) yield Buffer.alloc(10000);
  }
  assert.deepEqual(await rig.run(rig.client.call(rig.peer, 'sum', {}, { body: body() })), { size: 1000000 });
  await rig.end();
});

test('a body that throws cancels the call with its own error', async () => {
  const rig = await virtual({
    setUp: (server) => server.handle('sum', async (_, request) => {
      for await (const chunk of request.body) void chunk;
      return {};
    }),
  });
  async function* body() {
    yield 'one';
    throw new Error('no more');
  }
  await assert.rejects(rig.run(rig.client.call(rig.peer, 'sum', {}, { body: body() })), /no more/);
  await rig.end();
});

test('both sides talk on one stream', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('upper', async function* (_, request) {
      for await (const chunk of request.body) yield chunk.toString().toUpperCase();
    }),
  });
  const stream = rig.client.stream(rig.peer, 'upper', {}, { send: true });
  await rig.run(stream.send('abc'));
  assert.equal((await rig.run(stream.read())).toString(), 'ABC');
  const writer = stream.writable.getWriter();
  await rig.run(writer.write(Buffer.from('def')));
  assert.equal((await rig.run(stream.read())).toString(), 'DEF');
  await rig.run(writer.close());
  assert.equal(await rig.run(stream.read()), null);
  await rig.end();
});

test('an abort ends a stream with the reason of the signal', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('endless', async function* () { for (;;) yield Buffer.alloc(1000); }),
  });
  const control = new AbortController();
  const stream = rig.client.stream(rig.peer, 'endless', {}, { signal: control.signal });
  await rig.run(stream.read());
  control.abort(new Error('enough'));
  await assert.rejects(rig.run((async () => { for await (const chunk of stream) void chunk; })()), /enough/);
  await assert.rejects(stream.done, /enough/);
  await rig.end();
});

test('after the end every read says so again, and nothing more may be sent', async () => {
  const rig = await virtual({
    setUp: (server) => server.handleStream('mirror', (_, request) => request.body),
  });
  const stream = rig.client.stream(rig.peer, 'mirror', {}, { send: true });
  await rig.run(stream.send('one'));
  stream.end();
  await assert.rejects(stream.send('two'), { code: 'STATE' });
  assert.equal((await rig.run(stream.read())).toString(), 'one');
  for (let i = 0; i < 3; ++i) assert.equal(await rig.run(stream.read()), null);
  await rig.end();
});

/* Lets everything happen that can without anybody asking for more. */
async function idle(net) {
  for (let i = 0; i < 200; ++i) {
    net.step(20);
    await new Promise(setImmediate);
  }
}

test('a Web Stream that nobody reads on holds the generator back', async () => {
  let made = 0;
  const rig = await virtual({
    setUp: (server) => server.handleStream('much', async function* () {
      for (; made < 1000; ++made) yield Buffer.alloc(65536);
    }),
    client: { streamWindowBytes: 262144 },
    server: { streamBufferBytes: 65536 },
  });
  const reader = rig.client.stream(rig.peer, 'much', {}).readable.getReader();
  assert.equal((await rig.run(reader.read())).value.length, 65536);
  await idle(rig.net);
  assert.ok(made < 100, `${made} chunks were made for one that was read`);
  await reader.cancel();
  await idle(rig.net);
  assert.ok(made < 100);
  await rig.end();
});

test('a Web Stream that is written waits until the handler reads', async () => {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  const rig = await virtual({
    setUp: (server) => server.handleStream('sum', async function* (_, request) {
      await gate;
      let size = 0;
      for await (const chunk of request.body) size += chunk.length;
      yield String(size);
    }),
  });
  const stream = rig.client.stream(rig.peer, 'sum', {}, { send: true });
  let taken = 0;
  const source = new ReadableStream({
    pull(controller) {
      if (taken++ < 1000) controller.enqueue(Buffer.alloc(65536));
      else controller.close();
    },
  }, { highWaterMark: 0 });
  const piped = source.pipeTo(stream.writable);
  await idle(rig.net);
  assert.ok(taken < 500, `${taken} chunks were taken before one was read`);
  go();
  assert.equal((await rig.run(stream.read())).toString(), String(1000 * 65536));
  await rig.run(piped);
  await rig.end();
});
