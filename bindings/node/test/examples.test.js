'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile, spawn } = require('node:child_process');
const { promisify } = require('node:util');
const { once } = require('node:events');
const { hotkey } = require('./support.js');

const at = (name) => path.join(__dirname, '..', 'examples', name);
const run = async (name, ...args) => (await promisify(execFile)(process.execPath, [at(name), ...args], { timeout: 20000 })).stdout;
const SERVER = '01'.repeat(32);
const CLIENT = '02'.repeat(32);

test('the programs of the read-me do what it says', async () => {
  const server = spawn(process.execPath, [at('server.mjs'), SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = await once(server.stdout, 'data');
    const [, address, key] = /^ready on (\S+) as (\S+)\n$/.exec(line.toString());
    assert.equal(key, hotkey(1));
    assert.equal(await run('client.mjs', CLIENT, address, key, 'good day'), 'answer: good day\n');
    assert.equal(await run('stream.mjs', CLIENT, address, key, '3'), 'chunk 0\nchunk 1\nchunk 2\n');
    assert.match(await run('signer.mjs', CLIENT, address, key), new RegExp(`the device signs \\d+ bytes\nanswer: hello, ${hotkey(2)}\n$`));
    const wrong = { code: 1, stderr: /client: HOTKEY_MISMATCH|client: HANDSHAKE_REJECTED/ };
    await assert.rejects(run('client.mjs', CLIENT, address, hotkey(3)), wrong);
    server.stdin.end();
    const [code] = await once(server, 'exit');
    assert.equal(code, 0);
  } finally {
    server.kill();
  }
});

test('the wallet program writes a key once and finds it again', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ltn-node-'));
  try {
    const [written, first] = (await run('wallet.mjs', root)).trim().split('\n');
    assert.equal(written, 'written');
    assert.equal((await run('wallet.mjs', root)).trim(), first);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

test('the program without a network runs without one', async () => {
  assert.equal(await run('offline.mjs'), 'answer: offline\n');
});

test('every sample of the read-me is one of the programs', () => {
  const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
  const samples = [...readme.matchAll(/```(\w*)\n([^]*?)```/g)];
  assert.ok(samples.every(([, language]) => language === 'js'));
  const named = samples.map(([, , text]) => /^\/\/ examples\/(\S+)\n([^]*)$/.exec(text).slice(1));
  assert.deepEqual(named.map(([name]) => name).sort(), fs.readdirSync(path.join(__dirname, '..', 'examples')).sort());
  for (const [name, text] of named) assert.equal(text, fs.readFileSync(at(name), 'utf8'));
});
