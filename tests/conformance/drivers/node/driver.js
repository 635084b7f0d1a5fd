'use strict';
/* Reads requests, runs them at the same time, and answers as they end. */
const readline = require('node:readline');
const { version } = require('./binding.js');
const { failure, say, Unknown } = require('./lines.js');
const { clients, servers, streams } = require('./objects.js');

const commands = {
  ...require('./clients.js'),
  ...require('./streams.js'),
  ...require('./servers.js'),
  ...require('./misuse.js'),
  ...require('./surroundings.js'),
};

const LACKS = [
  'fork: Node has no fork without exec',
  'twice: a function returns once',
  'forget call: a promise that nobody waits for goes on; a signal ends it',
  'forget server: a running server keeps itself and the process, as those of Node do, until it is stopped',
];

async function answer(request) {
  try {
    const command = Object.hasOwn(commands, request.do) ? commands[request.do] : undefined;
    if (command === undefined) throw new Unknown();
    say({ id: request.id, ok: await command(request) });
  } catch (error) {
    say({ id: request.id, ...failure(error) });
  }
}

async function closeAll() {
  for (const stream of streams.values()) stream.cancel();
  await Promise.all([...clients.values()].map((client) => client.close()));
  await Promise.all([...servers.values()].map(({ server }) => server.close()));
}

say({ driver: 'node', version, lacks: LACKS });
readline.createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', (line) => { if (line !== '') answer(JSON.parse(line)); })
  .on('close', () => {
    /* Handlers that never end would keep the process. */
    closeAll().finally(() => process.exit(0));
  });
