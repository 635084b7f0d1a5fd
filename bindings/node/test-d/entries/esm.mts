import { Client, Signer, LtnError } from 'ltn';
import { TestingRuntime } from 'ltn/testing';
const c: Client = new Client(Signer.fromSeed('00'), { maxConnections: 1 });
console.log(LtnError, new TestingRuntime({ seed: 1 }).nowNs, c);
