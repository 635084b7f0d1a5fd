'use strict';
/* What somebody gets who installs the package, in a folder far from this one. */
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');

const root = path.join(__dirname, '..');
const SERVER = '01'.repeat(32);
const CLIENT = '02'.repeat(32);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ltn-node-'));
const installed = path.join(folder, 'node_modules', 'ltn');
/* Without what helps to find an installed library. */
const bare = { ...process.env };
for (const name of ['PKG_CONFIG_PATH', 'LD_LIBRARY_PATH', 'NODE_PATH', 'LTN_PREFIX']) delete bare[name];

test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the packed tarball is installed elsewhere, and the sample of the read-me runs there', async () => {
  const tarball = execFileSync(path.join(root, 'scripts', 'pack'), [folder], { encoding: 'utf8' }).trim();
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder, env: bare, stdio: 'pipe' });
  for (const name of ['client.mjs', 'server.mjs']) fs.copyFileSync(path.join(root, 'examples', name), path.join(folder, name));
  const server = spawn(process.execPath, ['server.mjs', SERVER], { cwd: folder, env: bare, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = await once(server.stdout, 'data');
    const [, address, key] = /^ready on (\S+) as (\S+)\n$/.exec(line.toString());
    const args = ['client.mjs', CLIENT, address, key, 'good day'];
    assert.equal(execFileSync(process.execPath, args, { cwd: folder, env: bare, encoding: 'utf8' }), 'answer: good day\n');
    server.stdin.end();
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  } finally {
    server.kill();
  }
});

function install(env) {
  return spawnSync(process.execPath, ['scripts/install.js'], { cwd: installed, env, encoding: 'utf8', timeout: 300000 });
}

test('without a prebuilt addon it is built from source, with nothing fetched', () => {
  fs.rmSync(path.join(installed, 'prebuilds'), { recursive: true });
  /* Whatever went to the network would have to go through these. */
  const env = { ...process.env, CXXFLAGS: '-O0', http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' };
  const came = install(env);
  assert.deepEqual([came.status, came.stdout, came.stderr], [0, '', '']);
  const program = "console.log(typeof require('ltn').Client)";
  assert.equal(execFileSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8' }), 'function\n');
});

test('what cannot be built says why in one line', () => {
  const cases = [
    [{ ...bare, PKG_CONFIG_LIBDIR: folder }, /expected an installed libltn that `pkg-config --libs ltn` finds, came none/],
    [{ ...process.env, CXX: 'no-such-compiler' }, /expected the C\+\+ compiler no-such-compiler, came none/],
    [{ ...process.env, CXXFLAGS: '-DNAPI_VERSION=1' }, /error.*\(the rest is in /],
  ];
  for (const [env, reason] of cases) {
    const came = install(env);
    assert.equal(came.status, 1);
    assert.match(came.stderr, /^ltn: no prebuilt addon \(the package has none for [\w-]+\), and it cannot be built: .*\n$/);
    assert.match(came.stderr, reason);
  }
});
