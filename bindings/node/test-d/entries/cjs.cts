import ltn = require('ltn');
import { TestingRuntime } from 'ltn/testing';
const c: ltn.Client = new ltn.Client(ltn.Signer.fromSeed('00'));
console.log(c, TestingRuntime);
