'use strict';
/* Compiles the addon with plain calls of the C++ compiler. node-gyp would look for Node's headers on the
 * network and wait there where it has none; these are beside the node that runs, or it says so. */
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const out = path.join(root, 'build');
const mac = process.platform === 'darwin';
/* Against compilers that hang, as on a machine that swaps. */
const STEP_MS = 600000;

/* What the person who installs has to do something about; its text is one line. */
class BuildError extends Error {}

/* Whether `folder` has the headers of a Node as old as this one. Node-API would do with others, uv.h not. */
function fits(folder) {
  try {
    const version = fs.readFileSync(path.join(folder, 'node_version.h'), 'utf8');
    const major = /define NODE_MAJOR_VERSION (\d+)/.exec(version)?.[1];
    return major === process.versions.node.split('.')[0] && fs.existsSync(path.join(folder, 'uv.h'));
  } catch {
    return false;
  }
}

function nodeHeaders() {
  const given = process.env.npm_config_nodedir;
  const caches = [path.join(os.homedir(), '.cache', 'node-gyp'), path.join(os.homedir(), 'Library', 'Caches', 'node-gyp')];
  const places = [
    ...(given ? [path.join(given, 'include', 'node')] : []),
    path.join(path.dirname(fs.realpathSync(process.execPath)), '..', 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
    ...caches.map((cache) => path.join(cache, process.versions.node, 'include', 'node')),
  ];
  const found = places.find(fits);
  if (found === undefined) {
    throw new BuildError(`expected the headers of node ${process.versions.node} beside it or in the setting nodedir, ` +
      'came none (they are in the package libnode-dev, nodejs-dev or nodejs-devel, or in the archive of node)');
  }
  return found;
}

function addonHeaders() {
  try {
    return path.dirname(require.resolve('node-addon-api/napi.h'));
  } catch {
    throw new BuildError('expected the package node-addon-api, came none');
  }
}

function pkgConfig(...args) {
  try {
    return execFileSync('pkg-config', [...args, 'ltn'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (error) {
    if (error.code === 'ENOENT') throw new BuildError('expected the program pkg-config, came none');
    throw new BuildError('expected an installed libltn that `pkg-config --libs ltn` finds, came none');
  }
}

const words = (line) => line.split(/\s+/).filter(Boolean);

/* Runs one compiler call; what it says is kept for the log. */
function compile(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: STEP_MS, killSignal: 'SIGKILL' });
    let said = '';
    child.stdout.on('data', (data) => { said += data; });
    child.stderr.on('data', (data) => { said += data; });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) {
        resolve();
        return;
      }
      fs.writeFileSync(path.join(out, 'log.txt'), said);
      const line = said.split('\n').find((each) => each.includes('error')) ?? `${command} ended with ${status}`;
      reject(new BuildError(`${line.trim()} (the rest is in ${path.join(out, 'log.txt')})`));
    });
  });
}

/* The first that fails keeps the others from beginning. */
async function inParallel(jobs, limit) {
  const waiting = [...jobs];
  await Promise.all(Array.from({ length: limit }, async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        await job();
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  }));
}

/* An object is named by everything that decides its content, so that only what changed is compiled, and one from
 * another folder fits. */
function objectName(source, flags, headers) {
  const hash = crypto.createHash('sha256').update(JSON.stringify(flags)).update(headers);
  hash.update(fs.readFileSync(source));
  return path.join(out, `${path.basename(source, '.cpp')}-${hash.digest('hex').slice(0, 16)}.o`);
}

function read(folder, ending) {
  return fs.readdirSync(folder).filter((name) => name.endsWith(ending)).sort().map((name) => path.join(folder, name));
}

/* Writes the addon; a BuildError says in one line why it cannot. With `alone` it looks for the library in its
 * own folder and nowhere else. */
async function build({ addon = path.join(out, 'ltn.node'), alone = false } = {}) {
  if (process.platform === 'win32') throw new BuildError('expected Linux or macOS, came Windows');
  const compiler = words(process.env.CXX || 'c++');
  if (spawnSync(compiler[0], ['--version']).error) throw new BuildError(`expected the C++ compiler ${compiler[0]}, came none`);
  const library = words(pkgConfig('--libs'));
  const shaping = [
    '-std=c++20', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-DNODE_ADDON_API_DISABLE_DEPRECATED',
    '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=ltn', '-DBUILDING_NODE_EXTENSION',
    ...words(process.env.CXXFLAGS ?? ''),
  ];
  const addonApi = addonHeaders();
  const flags = [...shaping, '-isystem', nodeHeaders(), '-isystem', addonApi, ...words(pkgConfig('--cflags'))];
  const key = [compiler, shaping, process.version, fs.readFileSync(path.join(addonApi, 'napi.h'), 'utf8')];
  const sources = path.join(root, 'src');
  const publicHeaders = path.join(pkgConfig('--variable=includedir'), 'ltn');
  const headers = [...read(sources, '.h'), ...read(publicHeaders, '.h')].map((file) => fs.readFileSync(file, 'utf8')).join('');
  fs.mkdirSync(out, { recursive: true });
  const objects = read(sources, '.cpp').map((source) => [source, objectName(source, key, headers)]);
  for (const old of read(out, '.o')) if (!objects.some(([, object]) => object === old)) fs.rmSync(old);
  const jobs = objects.filter(([, object]) => !fs.existsSync(object)).map(([source, object]) => async () => {
    await compile(compiler[0], [...compiler.slice(1), ...flags, '-c', source, '-o', `${object}.part`]);
    fs.renameSync(`${object}.part`, object);
  });
  await inParallel(jobs, os.cpus().length);
  const shape = mac ? ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path'] : ['-shared', '-Wl,-rpath,$ORIGIN'];
  if (!alone) shape.push(`-Wl,-rpath,${pkgConfig('--variable=libdir')}`);
  const link = [...compiler.slice(1), ...shape, ...words(process.env.LDFLAGS ?? ''), ...objects.map(([, object]) => object), ...library];
  const stamp = `${addon}.from`;
  const from = JSON.stringify([compiler, link]);
  if (fs.existsSync(addon) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === from) return;
  await compile(compiler[0], [...link, '-o', `${addon}.part`]);
  fs.renameSync(`${addon}.part`, addon); /* a process may have the old one loaded */
  fs.writeFileSync(stamp, from);
}

module.exports = { build, pkgConfig };

if (require.main === module) {
  build().catch((error) => {
    console.error(`ltn: cannot build the addon: ${error instanceof BuildError ? error.message : error.stack}`);
    process.exitCode = 1;
  });
}
