'use strict';
/* The compiled half: a prebuilt one for this platform, else what was built here. */
const fs = require('node:fs');
const path = require('node:path');

function load() {
  const root = path.join(__dirname, '..');
  /* What a developer built wins over what a package brought. */
  const places = [
    path.join(root, 'build', 'ltn.node'),
    path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'ltn.node'),
  ];
  const found = places.find((place) => fs.existsSync(place));
  if (found === undefined) {
    throw new Error(`ltn: expected a compiled addon for ${process.platform}-${process.arch}, came none; ` +
      'install libltn with its pkg-config file and run `npm rebuild ltn`');
  }
  return require(found);
}

module.exports = load();
