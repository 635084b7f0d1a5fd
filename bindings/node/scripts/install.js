'use strict';
/* A prebuilt addon that loads is enough; otherwise one is built against the installed libltn. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const place = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'ltn.node');

/* In a process of its own: one that does not fit may do more than throw. */
function loads(file) {
  return fs.existsSync(file) && spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file]).status === 0;
}

function build() {
  if (spawnSync('pkg-config', ['--exists', 'ltn']).status !== 0) {
    console.error(`ltn: expected a prebuilt addon for ${process.platform}-${process.arch} or an installed ` +
      'libltn that pkg-config finds (`pkg-config --libs ltn`), got neither');
    return 1;
  }
  const gyp = process.env.npm_config_node_gyp;
  const [command, args] = gyp === undefined ? ['node-gyp', []] : [process.execPath, [gyp]];
  return spawnSync(command, [...args, 'rebuild'], { cwd: root, stdio: 'inherit' }).status ?? 1;
}

process.exitCode = loads(place) ? 0 : build();
