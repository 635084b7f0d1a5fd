'use strict';
/* A prebuilt addon that loads is enough; otherwise one is built against the installed libltn. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { build } = require('./build.js');

const platform = `${process.platform}-${process.arch}`;
const place = path.join(__dirname, '..', 'prebuilds', platform, 'ltn.node');

/* Null when it loads, otherwise why not. In a process of its own: one that does not fit may do more than
 * throw. */
function obstacle(file) {
  if (!fs.existsSync(file)) return `the package has none for ${platform}`;
  const tried = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { encoding: 'utf8', timeout: 60000 });
  if (tried.status === 0) return null;
  return /Error: (.*)/.exec(tried.stderr)?.[1] ?? `loading it ended with ${tried.signal ?? tried.status}`;
}

const reason = obstacle(place);
if (reason !== null) {
  build().catch((error) => {
    console.error(`ltn: no prebuilt addon (${reason}), and it cannot be built: ${error.message}`);
    process.exitCode = 1;
  });
}
