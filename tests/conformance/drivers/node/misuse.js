'use strict';
/* `wrong`: the interface misused in one way at a time. */
const { Client, Server, Signer } = require('./binding.js');
const { Unknown } = require('./lines.js');
const { clientOf, servers } = require('./objects.js');

const signer = () => Signer.fromSeed(Buffer.alloc(32, 0x11));
const call = (request, { peer = request.peer, type = 'echo', data = {}, timeout } = {}) =>
  clientOf(request).call(peer, type, data, { timeout });

const WAYS = {
  timeout_text: (request) => call(request, { timeout: 'soon' }),
  timeout_negative: (request) => call(request, { timeout: -1 }),
  timeout_huge: (request) => call(request, { timeout: 1e30 }),
  type_number: (request) => call(request, { type: 5 }),
  type_long: (request) => call(request, { type: 'n'.repeat(65536) }),
  data_list: (request) => call(request, { data: [1] }),
  data_unencodable: (request) => call(request, { data: { n: 2n ** 64n } }),
  hotkey_bad: (request) => call(request, { peer: { ...request.peer, hotkey: 'not a hotkey' } }),
  address_bad: (request) => call(request, { peer: { ...request.peer, address: 'nowhere' } }),
  option_unknown: () => new Client(signer(), { no_such_option: '1' }),
  option_value: () => new Client(signer(), { max_connections: 'many' }),
  seed_short: () => Signer.fromSeed(Buffer.alloc(31)),
  handler_none: ({ on }) => (servers.get(on)?.server ?? new Server(signer())).handle('echo', null),
  listen_bad: () => new Server(signer(), { listen: '300.1.1.1:1' }).start(),
};

async function wrong(request) {
  const way = WAYS[request.what];
  if (way === undefined) throw new Unknown();
  await way(request);
  return {};
}

module.exports = { wrong };
