'use strict';
/* Two libuv in one process: Node's, and the one inside the library. */
const test = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const addon = path.join(root, 'build', 'ltn.node');
const linux = process.platform === 'linux' ? false : 'reads what the loader of Linux says';

function library() {
  return execFileSync('ldd', [addon], { encoding: 'utf8' }).match(/libltn\.so\S* => (\S+)/)[1];
}

function symbols(file, which) {
  const lines = execFileSync('nm', ['-D', which, file], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => line.split(' ').at(-1)).filter(Boolean);
}

test('the library exports nothing but its own names', { skip: linux }, () => {
  assert.deepEqual(symbols(library(), '--defined-only').filter((name) => !/^(ltn_|LTN)/.test(name)), []);
});

test('the library asks nobody for a libuv', { skip: linux }, () => {
  assert.deepEqual(symbols(library(), '--undefined-only').filter((name) => name.startsWith('uv_')), []);
});

test('the addon talks to the libuv of Node, the library to none outside itself', { skip: linux }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ltn-node-'));
  try {
    const program = `const { Client, Signer } = require(${JSON.stringify(root)});
      new Client(Signer.fromSeed(Buffer.alloc(32, 1))).close();`;
    const env = { ...process.env, LD_DEBUG: 'bindings', LD_BIND_NOW: '1', LD_DEBUG_OUTPUT: path.join(folder, 'said') };
    assert.equal(spawnSync(process.execPath, ['-e', program], { env }).status, 0);
    const said = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('');
    const bindings = [...said.matchAll(/binding file (\S+) \[0\] to (\S+) \[0\]: normal symbol `(uv_\w+)'/g)]
      .map(([, from, to, name]) => ({ from: path.basename(from), to: path.basename(to), name }));
    const ours = bindings.filter(({ from }) => from === 'ltn.node');
    assert.ok(ours.some(({ name }) => name === 'uv_poll_start'), said.slice(0, 2000));
    assert.deepEqual(ours.filter(({ to }) => to.startsWith('libltn')), []);
    assert.deepEqual(bindings.filter(({ from }) => from.startsWith('libltn')), []);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
