'use strict';
/* The handlers of the protocol, as a user would write them. */

const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

/* Answers by `release`, or not at all when the caller has gone. */
function held(work, type, data, request) {
  return new Promise((resolve, reject) => {
    const waiting = { type, answer: () => resolve(data) };
    work.held.add(waiting);
    request.signal.addEventListener('abort', () => {
      work.held.delete(waiting);
      reject(request.signal.reason);
    });
  });
}

/* With MessagePack bytes. */
const RAW = {
  echo: () => (data) => data,
  hold: (work, type) => (data, request) => held(work, type, data, request),
};

/* With decoded maps. */
const DECODED = {
  value: () => (data) => data,
  who: () => (_, request) => ({ hotkey: request.hotkey }),
  time: () => (_, { remainingMs }) => ({ left_ms: remainingMs === null ? null : Math.floor(remainingMs) }),
  sleep: () => async (data, request) => {
    await pause(data.ms, request.signal);
    return data;
  },
  throw: () => () => { throw new Error('inner secret'); },
  nothing: () => () => {},
  list: () => () => [1],
};

async function* count({ n = 0, size = 1 }) {
  for (let i = 0; i < n; ++i) yield Buffer.alloc(size, i % 256);
}

const STREAMS = {
  count,
  count_throw: async function* countThrow(data) {
    yield* count(data);
    throw new Error('inner secret');
  },
  mirror: (_, request) => request.body,
  sum: async function* sum(_, request) {
    let total = 0;
    for await (const chunk of request.body) total += chunk.length;
    yield String(total);
  },
  endless: async function* endless() {
    for (;;) yield Buffer.alloc(1024);
  },
  late_chunk: async function* lateChunk({ ms }, request) {
    await pause(ms, request.signal);
    yield 'x';
  },
};

function newWork() {
  return { started: 0, ended: 0, cancelled: 0, held: new Set() };
}

function counted(work, fn) {
  return async (data, request) => {
    const { signal } = request; /* asked for before the end, or it would not know */
    work.started += 1;
    try {
      return await fn(data, request);
    } finally {
      work.ended += 1;
      if (signal.aborted) work.cancelled += 1;
    }
  };
}

function countedStream(work, fn) {
  return async function* watched(data, request) {
    let over = false;
    work.started += 1;
    try {
      yield* fn(data, request);
      over = true;
    } catch (error) {
      over = !request.signal.aborted;
      throw error;
    } finally {
      work.ended += 1;
      /* Who leaves early returns the generator. */
      if (!over) work.cancelled += 1;
    }
  };
}

function setHandler({ server, work }, { type, does }) {
  if (RAW[does]) server.handleRaw(type, counted(work, RAW[does](work, type)));
  else if (DECODED[does]) server.handle(type, counted(work, DECODED[does](work, type)));
  else server.handleStream(type, countedStream(work, STREAMS[does]));
}

module.exports = { newWork, setHandler };
