'use strict';
/* The second event loop: one call from a worker thread. */
const { parentPort, workerData } = require('node:worker_threads');
const { Client } = require('./binding.js');
const { makeSigner } = require('./objects.js');
const { shown } = require('./lines.js');

async function main() {
  const client = new Client(await makeSigner(workerData.signer));
  try {
    const answer = await client.callRaw(workerData.peer, 'echo', Buffer.from([0x80]));
    parentPort.postMessage({ data: shown(answer) });
  } finally {
    await client.close();
  }
}

main().catch((error) => parentPort.postMessage({ error: error.message }));
