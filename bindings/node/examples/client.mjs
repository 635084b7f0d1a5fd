/* Calls a peer by its key and prints what it answers:
 *
 *   node client.mjs SEED HOST:PORT HOTKEY [TEXT]
 *
 * HOTKEY says who has to answer: a server that cannot prove this key never sees the request. */
import { Client, LtnError, Signer } from 'ltn';

const [seed, address, hotkey, text = 'hello'] = process.argv.slice(2);
if (hotkey === undefined) {
  console.error('usage: client.mjs SEED HOST:PORT HOTKEY [TEXT]');
  process.exit(2);
}

const client = new Client(Signer.fromSeed(seed));
try {
  /* Dials on its own when there is no connection yet; 5 s over everything. */
  const answer = await client.call({ hotkey, address }, 'echo', { text }, { timeout: 5000 });
  console.log(`answer: ${answer.text}`);
} catch (error) {
  if (!(error instanceof LtnError)) throw error;
  console.error(`client: ${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await client.close(); /* says goodbye to the peer */
}
