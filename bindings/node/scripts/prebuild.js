'use strict';
/* Puts the addon, and the library beside it, where install.js and native.js look in a package:
 * prebuilds/<platform>-<arch>/. The addon finds the library there by its $ORIGIN. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { build, pkgConfig } = require('./build.js');

const target = path.join(__dirname, '..', 'prebuilds', `${process.platform}-${process.arch}`);

async function main() {
  const folder = pkgConfig('--variable=libdir');
  const library = fs.readdirSync(folder).find((name) => /^libltn\.(so\.\d+|\d+\.dylib)$/.test(name));
  if (library === undefined) throw new Error(`expected libltn with its version in ${folder}, came none`);
  fs.rmSync(target, { recursive: true, force: true });
  fs.mkdirSync(target, { recursive: true });
  await build({ addon: path.join(target, 'ltn.node'), alone: true });
  fs.rmSync(path.join(target, 'ltn.node.from'));
  fs.copyFileSync(fs.realpathSync(path.join(folder, library)), path.join(target, library));
  if (process.platform !== 'linux') return;
  for (const name of fs.readdirSync(target)) spawnSync('strip', ['--strip-unneeded', path.join(target, name)]);
}

main().catch((error) => {
  console.error(`ltn: cannot prebuild the addon: ${error.message}`);
  process.exitCode = 1;
});
