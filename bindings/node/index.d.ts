/** Persistent, mutually authenticated links between nodes that are known by their keys. */
import type { ClientOptions, ClientStats, ErrorCategory, ErrorCode, RuntimeOptions, ServerOptions, ServerStats } from './lib/generated';

export type { ClientOptions, ClientStats, ErrorCategory, ErrorCode, RuntimeOptions, ServerOptions, ServerStats };

/** Whom to call: a hotkey, the 32 bytes of its key, or either with where it listens. */
export type Peer = string | Uint8Array | { hotkey: string | Uint8Array; address?: string | null };
/** What MessagePack maps are made of. Keys of the outer map are strings. */
export type Data = { readonly [key: string]: unknown } | ReadonlyMap<string, unknown>;
export type Chunk = Uint8Array | string;
export type Chunks = AsyncIterable<Chunk> | Iterable<Chunk>;

/** Whatever the library or a peer says no to. */
export class LtnError extends Error {
  readonly status: number;
  /** The name in the header without `LTN_ERR_`. */
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  /** The same request, simply made again later, may succeed. */
  readonly retriable: boolean;
  /** What a peer that speaks btlightning/2 adds to its text. */
  readonly answerCode?: number;
}
export class ConnectionError extends LtnError { private readonly connection: never; }
export class HandshakeError extends LtnError { private readonly handshake: never; }
export class SigningError extends LtnError { private readonly signing: never; }
export class SerializationError extends LtnError { private readonly serialization: never; }
export class TransportError extends LtnError { private readonly transport: never; }
export class HandlerError extends LtnError { private readonly handler: never; }
export class ConfigError extends LtnError { private readonly config: never; }
export class StreamError extends LtnError { private readonly stream: never; }

export interface SignerCallbackOptions {
  /** Told what the callback threw. */
  onError?: (error: unknown) => void;
}

export interface WalletPlace {
  /** The key file itself, or the next three. */
  path?: string;
  /** The folder of the wallets: root/name/hotkeys/hotkey. A `~` is not expanded. */
  root?: string;
  name?: string;
  hotkey?: string;
}

export interface Wallet extends WalletPlace {
  password?: string | Uint8Array;
  /** A file whose first line is the password. */
  passwordFile?: string;
  /** Asked for the password of the key file at `path`. */
  ask?: (path: string) => string | Uint8Array | Promise<string | Uint8Array>;
  /** How long for, in milliseconds; 60,000 by default. */
  askTimeout?: number;
  onError?: (error: unknown) => void;
}

/** Who we are: something that signs. */
export class Signer {
  private constructor();
  /** 32 bytes, or 64 hexadecimal digits. */
  static fromSeed(seed: Uint8Array | string): Signer;
  static fromKeyFile(path: string): Promise<Signer>;
  static fromWallet(wallet: Wallet): Promise<Signer>;
  /** `sign` gives the 64 bytes of the signature over the message for `key`, now or later. */
  static fromCallback(
    key: Uint8Array | string,
    sign: (message: Buffer) => Uint8Array | Promise<Uint8Array>,
    options?: SignerCallbackOptions,
  ): Signer;
  readonly publicKey: Buffer;
  readonly hotkey: string;
  /** What is not as it should be with its key file; empty when there is nothing. */
  readonly warning: string;
  /** UNSUPPORTED for a signer that asks. */
  sign(message: Uint8Array): Buffer;
}

export function writeWallet(
  wallet: Wallet,
  seed: Uint8Array,
  options?: { overwrite?: boolean; companion?: boolean; encrypt?: boolean },
): Promise<void>;
/** Without any password: of an encrypted file its companion is asked, whose word nobody has checked. */
export function walletPublicKey(wallet: WalletPlace): Buffer;
export function decodeHotkey(hotkey: string, options?: { anyPrefix?: boolean }): Buffer;
export function encodeHotkey(key: Uint8Array): string;
export function generateSeed(): Buffer;
export function verifySignature(key: Uint8Array | string, message: Uint8Array, signature: Uint8Array): boolean;

/** An extension value of MessagePack. Timestamps (-1) are dates instead. */
export class Ext {
  private constructor();
  readonly type: number;
  readonly data: Buffer;
}
export function ext(type: number, data: Uint8Array): Ext;
export function encode(data: Data): Buffer;
export function decode(bytes: Uint8Array, asMap: true): Map<unknown, unknown>;
export function decode(bytes: Uint8Array, asMap?: false): Record<string, unknown>;

export interface LogLine {
  level: 'debug' | 'info' | 'warning' | 'error';
  /** A stable name. */
  event: string;
  /** "key=value" fields; never secrets or payload. */
  fields: string;
}

export type RuntimeSettings = RuntimeOptions & {
  config?: Config;
  log?: (line: LogLine) => void;
  logLevel?: LogLine['level'];
};

/** The loop and its clock. Only needed for options of its own, or a log: clients and servers share one
 * per environment otherwise. */
export class Runtime {
  constructor(options?: RuntimeSettings);
  /** Stops every client and server attached. */
  stop(): void;
  /** Whether nothing of it runs any more. */
  readonly closed: boolean;
}

/** Settings from a TOML file and the environment. */
export class Config {
  constructor(path?: string);
  /** Whether a client and a server with this and nothing else would start. */
  check(): void;
  get(section: 'client' | 'server' | 'runtime', name: string): { value: string | null; origin: string | null } | null;
}

export interface PeerState {
  hotkey: string;
  address: string | null;
  key: Buffer;
  state: 'waiting' | 'ready' | 'backoff' | 'exhausted' | 'false_claim' | 'over_limit' | 'unknown';
  /** Why it is not ready. */
  code: ErrorCode | null;
  attempts: number;
  nextTryMs: number | null;
  rttMs: number | null;
  clockOffsetMs: number;
}

export interface Metric {
  kind: 'counter' | 'gauge' | 'histogram' | 'unknown';
  name: string;
  help: string;
  label: string | null;
  labelValue: string | null;
  value: number;
  sumNs?: number;
  buckets?: { boundNs: number | null; count: number }[];
}

export interface ConnectOptions {
  /** Milliseconds over everything; Infinity for no end. */
  timeout?: number;
  signal?: AbortSignal;
}

export interface CallOptions extends ConnectOptions {
  /** -3 the least and 4 the most urgent. */
  priority?: number;
  /** Chunks that follow the request; the peer has to speak btlightning/2. */
  body?: Chunks;
}

export interface StreamOptions extends CallOptions {
  /** Chunks are sent with `send` and `end`. */
  send?: boolean;
  /** All chunks are kept until the end and then read. */
  collect?: boolean;
  firstChunkTimeout?: number;
  chunkTimeout?: number;
  windowBytes?: number;
  maxBytes?: number;
}

export interface Connection {
  hotkey: string;
  address: string;
  fingerprint: string | null;
  alpn: string | null;
  setupMs: number | null;
  rttMs: number | null;
  clockOffsetMs: number | null;
}

export type ClientSettings = ClientOptions & { runtime?: Runtime; config?: Config };

/** Calls peers by their key. */
export class Client implements AsyncDisposable {
  constructor(signer: Signer, options?: ClientSettings);
  /** Reaches and authenticates a peer without a request. */
  connect(address: string, hotkey: string | Uint8Array, options?: ConnectOptions): Promise<Connection>;
  /** The answer of the peer's handler `type`. */
  call(peer: Peer, type: string, data: Data | undefined, options: CallOptions & { asMap: true }): Promise<Map<unknown, unknown>>;
  call<Answer = Record<string, unknown>>(peer: Peer, type: string, data?: Data, options?: CallOptions & { asMap?: false }): Promise<Answer>;
  /** The same with MessagePack bytes in both directions. */
  callRaw(peer: Peer, type: string, data: Uint8Array, options?: CallOptions): Promise<Buffer>;
  /** A call whose answer comes in chunks. */
  stream(peer: Peer, type: string, data?: Data, options?: StreamOptions): Stream;
  streamRaw(peer: Peer, type: string, data: Uint8Array, options?: StreamOptions): Stream;
  /** The complete list of peers to keep connected; for each entry null, or why it failed. */
  setRegistry(
    entries: readonly ({ hotkey: string; address: string } | readonly [hotkey: string, address: string])[],
    options?: { signal?: AbortSignal },
  ): Promise<(LtnError | null)[]>;
  peers(): PeerState[];
  stat(name: keyof ClientStats): number;
  stats(): ClientStats;
  metrics(): Metric[];
  connectionStats(): Record<string, string>;
  /** Changes an option that may change at any time. */
  set(name: string, value: number | string | boolean | null): void;
  /** Whether calls begun from now on keep the process alive (they do by default). */
  ref(): this;
  unref(): this;
  /** Ends what is outstanding with SHUTDOWN; resolves when nothing runs any more. */
  close(): Promise<void>;
  /** Settles once closed: with null, or why the signer's self-test failed. */
  readonly closed: Promise<LtnError | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A call whose answer comes in chunks; reading them is what lets the peer send more. */
export class Stream implements AsyncIterable<Buffer> {
  private constructor();
  /** Settles when the stream has ended. */
  readonly done: Promise<void>;
  /** The next chunk, or null after the last. One reader at a time. */
  read(): Promise<Buffer | null>;
  /** Resolves when there was room for the chunk. */
  send(chunk: Chunk): Promise<void>;
  /** No chunk of ours follows. */
  end(): void;
  /** Ends the stream early. */
  cancel(): void;
  readonly readable: ReadableStream<Buffer>;
  readonly writable: WritableStream<Chunk>;
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined>;
}

/** What a handler is told of a request. Good until the handler has ended. */
export class Request {
  private constructor();
  readonly type: string;
  /** The peer's proved hotkey. */
  readonly hotkey: string;
  readonly address: string;
  readonly key: Buffer;
  readonly priority: number;
  /** Milliseconds that were left for the whole answer when asked; null without a limit. */
  readonly remainingMs: number | null;
  /** The MessagePack bytes of the request. */
  readonly raw: Buffer;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** The chunks that the caller sends after its request. */
  readonly body: AsyncGenerator<Buffer, void, undefined>;
}

export type Answer = Data | undefined | void;
export type Handler = (data: Record<string, unknown>, request: Request) => Answer | Promise<Answer>;
export type MapHandler = (data: Map<unknown, unknown>, request: Request) => Answer | Promise<Answer>;
export type RawHandler = (data: Buffer, request: Request) => Uint8Array | undefined | void | Promise<Uint8Array | undefined | void>;
export type StreamHandler = (data: Record<string, unknown>, request: Request) => Chunks | Promise<Chunks>;
export type RawStreamHandler = (data: Buffer, request: Request) => Chunks | Promise<Chunks>;

export type Permits = Iterable<string | Uint8Array>;
export type Sources = string | Iterable<string>;

export type ServerSettings = ServerOptions & {
  runtime?: Runtime;
  config?: Config;
  /** Who may connect, with require_validator_permit; a function is asked from time to time. */
  permits?: Permits | (() => Permits | Promise<Permits>);
  /** From where, with enforce_source_allowlist. */
  sources?: Sources | (() => Sources | Promise<Sources>);
  /** Told of every accepted handshake. */
  observe?: (hotkey: string, address: string) => void;
  /** Told what a handler threw (with the request) or a resolver (with null); the peer reads a generic text. */
  onError?: (error: unknown, request: { type: string; hotkey: string } | null) => void;
};

export interface Source {
  kind: 'listed' | 'learned' | 'blocked' | 'unknown';
  prefix: string;
  hotkey: string | null;
  ageMs: number | null;
}

/** Answers peers that proved their key. */
export class Server implements AsyncDisposable {
  constructor(signer: Signer, options?: ServerSettings);
  /** Answers requests named `type`; null is whoever no other name fits. */
  handle(type: string | null, handler: MapHandler, options: { asMap: true }): this;
  handle(type: string | null, handler: Handler, options?: { asMap?: false }): this;
  handleRaw(type: string | null, handler: RawHandler): this;
  /** Answers with chunks: an async generator, a ReadableStream. */
  handleStream(type: string | null, handler: StreamHandler, options?: { asMap?: false }): this;
  handleStreamRaw(type: string | null, handler: RawStreamHandler): this;
  unhandle(type: string | null): this;
  setPermits(hotkeys: Permits): void;
  setSources(sources: Sources): void;
  learnSource(hotkey: string, prefix: string, ageMs: number): void;
  sources(): Source[];
  /** Binds; the address as ip:port. */
  start(): Promise<string>;
  /** null before start and after close. */
  readonly address: string | null;
  peers(): PeerState[];
  stat(name: keyof ServerStats): number;
  stats(): ServerStats;
  metrics(): Metric[];
  connectionStats(): Record<string, string>;
  /** Closes peers that asked nothing for longer; how many. */
  sweep(idleMs: number): number;
  set(name: string, value: number | string | boolean | null): void;
  /** A running server keeps the process alive unless unref. */
  ref(): this;
  unref(): this;
  /** Lets running requests finish for up to `drain` milliseconds, then closes. */
  stop(options?: { drain?: number }): Promise<void>;
  close(): Promise<void>;
  readonly closed: Promise<LtnError | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Version of the loaded library. */
export const version: string;
export const wireProtocol: string;
/** Names and versions of what is inside it. */
export const components: Readonly<Record<string, string>>;
