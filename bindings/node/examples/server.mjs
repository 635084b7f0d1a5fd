/* Answers two names until the end of standard input:
 *
 *   node server.mjs SEED [HOST:PORT]
 *
 * SEED says who we are (64 hexadecimal digits; a real program opens a wallet, see wallet.mjs). */
import { Server, Signer } from 'ltn';

const [seed, listen = '127.0.0.1:0'] = process.argv.slice(2);
if (seed === undefined) {
  console.error('usage: server.mjs SEED [HOST:PORT]');
  process.exit(2);
}

const signer = Signer.fromSeed(seed);
const server = new Server(signer, {
  listen,
  drainTimeoutMs: 1000,
  /* The peer reads `request processing failed`; the reason stays here. */
  onError: (error, request) => console.error(request?.type, request?.hotkey, error),
});
server.handle('echo', (data) => data);
server.handle('greet', (data, request) => ({ text: `hello, ${request.hotkey}` }));
server.handleStream('count', async function* (data, request) {
  /* `yield` waits until the reader has room: a slow reader slows this down. */
  for (let n = 0; n < data.n && !request.signal.aborted; ++n) yield `chunk ${n}\n`;
});

console.log(`ready on ${await server.start()} as ${signer.hotkey}`);
process.stdin.resume().on('end', () => server.stop());
