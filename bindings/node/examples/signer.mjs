/* A client whose key lives elsewhere: in a device, behind another process. Here the device is played by a
 * signer of this process and 20 ms of waiting.
 *
 *   node signer.mjs SEED HOST:PORT HOTKEY */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Signer } from 'ltn';

const [seed, address, hotkey] = process.argv.slice(2);
if (hotkey === undefined) {
  console.error('usage: signer.mjs SEED HOST:PORT HOTKEY');
  process.exit(2);
}

const device = Signer.fromSeed(seed);
/* Gets the exact bytes to sign and has `signerTimeoutMs` to answer. The answer is verified against the key
 * before it is used. */
const signer = Signer.fromCallback(device.publicKey, async (message) => {
  await sleep(20);
  console.log(`the device signs ${message.length} bytes`);
  return device.sign(message);
});

const client = new Client(signer, { signerTimeoutMs: 5000 });
const answer = await client.call({ hotkey, address }, 'greet', {});
console.log(`answer: ${answer.text}`);
await client.close();
