'use strict';
/* Puts what node-gyp built, and the library beside it, where install.js and native.js look first in a
 * package: prebuilds/<platform>-<arch>/. The addon finds the library there by its $ORIGIN. */
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const target = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
const folder = execFileSync('pkg-config', ['--variable=libdir', 'ltn'], { encoding: 'utf8' }).trim();
const library = fs.readdirSync(folder).find((name) => /^libltn\.so\.\d+$/.test(name));
if (library === undefined) throw new Error(`expected libltn.so.N in ${folder}, came none`);
fs.mkdirSync(target, { recursive: true });
fs.copyFileSync(path.join(root, 'build', 'Release', 'ltn.node'), path.join(target, 'ltn.node'));
fs.copyFileSync(fs.realpathSync(path.join(folder, library)), path.join(target, library));
console.log(`prebuilds/${path.basename(target)}: ltn.node, ${library}`);
