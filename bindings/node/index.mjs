/* One implementation behind both entries: a program that imports and requires gets the same classes. */
import ltn from './index.js';

export const {
  Client, Server, Signer, Runtime, Config, Stream, Request, Ext, ext, encode, decode,
  LtnError, ConnectionError, HandshakeError, SigningError, SerializationError, TransportError,
  HandlerError, ConfigError, StreamError, decodeHotkey, encodeHotkey, generateSeed, verifySignature,
  writeWallet, walletPublicKey, version, wireProtocol, components,
} = ltn;
