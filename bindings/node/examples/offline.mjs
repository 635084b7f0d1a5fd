/* A server and a client without a network, as tests want them: addresses exist only inside `net`, time moves
 * only in `run` and `step`, and the same seed gives the same run.
 *
 *   node offline.mjs */
import { Client, Server, Signer, generateSeed } from 'ltn';
import { TestingRuntime } from 'ltn/testing';

const net = new TestingRuntime({ seed: 1 });
const signer = Signer.fromSeed(generateSeed());
const server = new Server(signer, { runtime: net });
server.handle('echo', (data) => data);
const address = await server.start();

const client = new Client(Signer.fromSeed(generateSeed()), { runtime: net });
const answer = await net.run(client.call({ hotkey: signer.hotkey, address }, 'echo', { text: 'offline' }));
console.log(`answer: ${answer.text}`);
await net.run(Promise.all([client.close(), server.stop()]));
