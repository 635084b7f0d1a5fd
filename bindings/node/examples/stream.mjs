/* Reads a streamed answer chunk by chunk and writes it to standard output:
 *
 *   node stream.mjs SEED HOST:PORT HOTKEY [COUNT] */
import { Client, Signer } from 'ltn';

const [seed, address, hotkey, count = '5'] = process.argv.slice(2);
if (hotkey === undefined) {
  console.error('usage: stream.mjs SEED HOST:PORT HOTKEY [COUNT]');
  process.exit(2);
}

const client = new Client(Signer.fromSeed(seed));
const stream = client.stream({ hotkey, address }, 'count', { n: Number(count) }, {
  signal: AbortSignal.timeout(30000),
});
/* Leaving this loop early cancels the stream; `stream.readable` is the same as a Web Stream. */
for await (const chunk of stream) process.stdout.write(chunk);
await client.close();
