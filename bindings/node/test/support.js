'use strict';
/* A server and a client on the virtual network, or over real loopback. */
const ltn = require('..');
const { TestingRuntime } = require('../testing.js');

const seed = (number) => Buffer.alloc(32, number);
const signer = (number) => ltn.Signer.fromSeed(seed(number));
const hotkey = (number) => signer(number).hotkey;

/* `net.run(promise)` moves the virtual time until the promise is settled. */
async function virtual({ server = {}, client = {}, setUp, signers = [signer(1), signer(2)], runtimeSeed = 7 } = {}) {
  const net = new TestingRuntime({ seed: runtimeSeed });
  const errors = [];
  const serving = new ltn.Server(signers[0], {
    runtime: net, maxHandshakeAttemptsPerMinute: 100000, onError: (error) => errors.push(error), ...server,
  });
  serving.unref(); /* a test that fails must not keep the process */
  setUp?.(serving);
  const address = await serving.start();
  const calling = new ltn.Client(signers[1], { runtime: net, ...client });
  const peer = { hotkey: hotkey(1), address };
  const end = () => net.run(Promise.all([calling.close(), serving.stop()]));
  return { net, server: serving, client: calling, peer, address, errors, end, run: (promise) => net.run(promise) };
}

async function loopback({ server = {}, client = {}, setUp } = {}) {
  const errors = [];
  const serving = new ltn.Server(signer(1), { onError: (error) => errors.push(error), ...server });
  serving.unref(); /* a test that fails must not keep the process */
  setUp?.(serving);
  const address = await serving.start();
  const calling = new ltn.Client(signer(2), client);
  return {
    server: serving, client: calling, address, errors, peer: { hotkey: hotkey(1), address },
    end: () => Promise.all([calling.close(), serving.stop()]),
  };
}

module.exports = { ltn, seed, signer, hotkey, virtual, loopback };
