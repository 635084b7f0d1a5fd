import { expectAssignable, expectError, expectType } from 'tsd';
import { Client, HandlerError, LtnError, Server, Signer, decode, ext, type Connection, type PeerState } from '..';
import { TestingRuntime } from '../testing';

const signer = Signer.fromSeed(Buffer.alloc(32));
expectType<Promise<Signer>>(Signer.fromWallet({ name: 'default', ask: async () => 'pw' }));
expectError(Signer.fromSeed(5));

const client = new Client(signer, { maxConnections: 5, max_connections: 5, streamChunkTimeoutMs: null });
expectError(new Client(signer, { maxConnection: 5 }));
expectError(new Client(signer, { wire_2: 'yes' }));
expectType<Promise<Connection>>(client.connect('127.0.0.1:1', signer.hotkey));
expectType<Promise<Record<string, unknown>>>(client.call(signer.hotkey, 'echo', { n: 1 }));
expectType<Promise<{ n: number }>>(client.call<{ n: number }>({ hotkey: signer.hotkey, address: 'a:1' }, 'echo'));
expectType<Promise<Map<unknown, unknown>>>(client.call(signer.hotkey, 'echo', {}, { asMap: true }));
expectType<Promise<Buffer>>(client.callRaw(signer.publicKey, 'echo', Buffer.alloc(1)));
expectError(client.call(5, 'echo'));
expectError(client.call(signer.hotkey, 'echo', [1]));
expectError(client.call(signer.hotkey, 'echo', {}, { timeout: '5' }));
expectType<Promise<(LtnError | null)[]>>(client.setRegistry([[signer.hotkey, 'a:1'], { hotkey: '', address: '' }]));
expectType<PeerState[]>(client.peers());
expectType<number>(client.stats().calls_ok);
expectError(client.stat('nonsense'));
const stream = client.stream(signer.hotkey, 'count', {}, { signal: AbortSignal.timeout(5) });
expectAssignable<AsyncIterable<Buffer>>(stream);
expectType<Promise<Buffer | null>>(stream.read());

const server = new Server(signer, { permits: async () => [signer.hotkey], onError: (error) => expectType<unknown>(error) });
server.handle('a', (data, request) => {
  expectType<Record<string, unknown>>(data);
  expectType<AbortSignal>(request.signal);
  return { n: 1 };
});
server.handle('b', async () => {});
server.handle('m', (data) => { expectType<Map<unknown, unknown>>(data); }, { asMap: true });
server.handleRaw('c', (data) => data);
server.handleStream('d', async function* () { yield 'x'; });
expectError(server.handle('e', () => 5));
expectType<Promise<string>>(server.start());

expectType<Record<string, unknown>>(decode(Buffer.alloc(1)));
expectType<number>(ext(1, Buffer.alloc(1)).type);
const net = new TestingRuntime({ seed: 1 });
expectType<Promise<number>>(net.run(Promise.resolve(5)));
declare const error: unknown;
if (error instanceof HandlerError) expectType<boolean>(error.retriable);
