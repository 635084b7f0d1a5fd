'use strict';
/* What the library tells this environment, handed to whom it concerns. */
const native = require('./native.js');
const { EVENT } = require('./generated.js');
const { check } = require('./errors.js');
const { scratch } = require('./received.js');

const NUMBERS = 5;
const batch = new Float64Array(256 * NUMBERS);

/* Operations by number, ours and questions that are being answered. */
const operations = new Map();
/* Clients and servers by number: functions that get CLOSED and SIGNER_FAILED. */
const objects = new Map();
/* Who answers questions, by tag. */
const answerers = new Map();
let nextTag = 1;

function addAnswerer(answer) {
  const tag = nextTag++;
  answerers.set(tag, answer);
  return tag;
}

function dispatch(kind, status, opKind, id, tag) {
  if (kind === EVENT.QUESTION) {
    const answer = answerers.get(tag);
    if (answer === undefined) native.opFree(id);
    else answer(id, opKind);
    return;
  }
  if (kind === EVENT.CLOSED || kind === EVENT.SIGNER_FAILED) {
    objects.get(id)?.(kind, status);
    return;
  }
  const operation = operations.get(id);
  if (operation === undefined) {
    /* A signature or a list that is not waited for any more; its answer may never come. */
    if (kind === EVENT.WITHDRAWN) native.opFree(id);
    return;
  }
  switch (kind) {
    case EVENT.OP_DONE: operation.onDone(status); break;
    case EVENT.WITHDRAWN: operation.onWithdrawn?.(status); break;
    case EVENT.READABLE: operation.onReadable?.(); break;
    case EVENT.WRITABLE: operation.onWritable?.(); break;
    default: /* kinds of a newer library */
  }
}

function onEvents(count) {
  for (let at = 0, end = count * NUMBERS; at < end; at += NUMBERS) {
    try {
      dispatch(batch[at], batch[at + 1], batch[at + 2], batch[at + 3], batch[at + 4]);
    } catch (error) {
      /* The others of the batch must not suffer; the host hears of it as of any uncaught error. */
      process.nextTick(() => { throw error; });
    }
  }
}

check(native.start(onEvents, batch, scratch));

/* How many things keep the process alive. */
let held = 0;
function hold() {
  if (held++ === 0) native.keepAlive(true);
}
function release() {
  if (--held === 0) native.keepAlive(false);
}

module.exports = { operations, objects, answerers, addAnswerer, hold, release };
