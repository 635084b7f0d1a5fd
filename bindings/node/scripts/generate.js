'use strict';
/* Writes lib/generated.js and lib/generated.d.ts: constants from the header, options and statistics from
 * docs/options.md. `--check` compares instead. */
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..', '..');
const here = path.join(__dirname, '..');

/* Every `LTN_NAME = number` of an enum, and the plain defines. */
function constants() {
  const text = fs.readFileSync(path.join(root, 'include', 'lightning.h'), 'utf8');
  const bare = text.replace(/\/\*[^]*?\*\//g, '');
  const found = {};
  for (const [, body] of bare.matchAll(/enum \{([^}]*)\}/g)) {
    for (const [, name, value] of body.matchAll(/LTN_(\w+)\s*=\s*(\d+)/g)) found[name] = Number(value);
  }
  for (const [, name, value] of bare.matchAll(/#define LTN_(\w+) (\d+)/g)) found[name] = Number(value);
  return found;
}

function camel(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/* The tables of the page by their headings; each row as its cells. */
function tables() {
  const out = {};
  let rows = null;
  for (const line of fs.readFileSync(path.join(root, 'docs', 'options.md'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) rows = out[line.slice(3)] = [];
    else if (rows && line.startsWith('| `')) {
      rows.push(line.split('|').slice(1, -1).map((cell) => cell.trim()));
    }
  }
  return out;
}

const name = (row) => row[0].replaceAll('`', '');

function type(value) {
  if (value.startsWith('true')) return 'boolean';
  if (value.startsWith('text')) return 'string';
  return value.includes('none') ? 'number | string | null' : 'number | string';
}

/* A union of names in lines of 100 columns. */
function wrapped(names) {
  let line = '';
  let out = '';
  for (const each of names) {
    if (line.length + each.length > 88) {
      out += `\n    ${line.trimEnd()}`;
      line = '';
    }
    line += `| ${each} `;
  }
  return `${out}\n    ${line.trimEnd()}`;
}

function group(all, prefix) {
  return Object.entries(all).filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]);
}

function object(pairs) {
  return pairs.map(([key, value]) => `  ${key}: ${value},\n`).join('');
}

function script(all, pages) {
  const options = ['client', 'server', 'runtime'];
  const groups = [['EVENT', 'EVENT_'], ['OP', 'OP_'], ['DETAIL', 'DETAIL_'], ['LOG', 'LOG_'], ['PEER', 'PEER_'],
    ['METRIC', 'METRIC_'], ['SOURCE', 'SOURCE_'], ['KEY_FILE', 'KEY_FILE_'], ['CALL', 'CALL_']];
  let out = "'use strict';\n/* Made by scripts/generate.js; do not edit. */\n\n";
  out += `exports.STATUS = Object.freeze({\n  OK: 0,\n${object(group(all, 'ERR_'))}});\n`;
  out += `exports.CATEGORY = Object.freeze({\n${object(group(all, 'CATEGORY_'))}});\n`;
  for (const [label, prefix] of groups) out += `exports.${label} = Object.freeze({\n${object(group(all, prefix))}});\n`;
  out += `exports.ABI_VERSION = ${all.ABI_VERSION};\nexports.KEY_LEN = ${all.KEY_LEN};\n` +
    `exports.SEED_LEN = ${all.SEED_LEN};\nexports.SIGNATURE_LEN = ${all.SIGNATURE_LEN};\n`;
  for (const section of options) {
    out += `/* camelCase to the library's name. */\nexports.${section.toUpperCase()}_OPTIONS = new Map([\n` +
      pages[section].map((row) => `  ['${camel(name(row))}', '${name(row)}'],\n`).join('') + ']);\n';
  }
  for (const section of ['client', 'server']) {
    out += `exports.${section.toUpperCase()}_STATS = Object.freeze([\n` +
      pages[`Statistics of a ${section}`].map((row) => `  '${name(row)}',\n`).join('') + ']);\n';
  }
  return out;
}

function types(all, pages) {
  let out = '/* Made by scripts/generate.js; do not edit. */\n\n';
  out += 'export type ErrorCode =\n' + group(all, 'ERR_').map(([key]) => `  | '${key}'`).join('\n') + ';\n\n';
  out += 'export type ErrorCategory =\n' + group(all, 'CATEGORY_').map(([key]) => `  | '${key.toLowerCase()}'`).join('\n') + ';\n\n';
  for (const section of ['client', 'server', 'runtime']) {
    const title = section[0].toUpperCase() + section.slice(1);
    out += `/** Options of a ${section}; each also in snake_case, as docs/options.md has them. */\n`;
    out += `export interface ${title}OptionsCamel {\n`;
    for (const row of pages[section]) {
      out += `  /** ${row[4]} Default ${row[2].replaceAll('`', '')}. */\n  ${camel(name(row))}?: ${type(row[1])};\n`;
    }
    out += `}\n\nexport type ${title}OptionsSnake =\n`;
    const kinds = [...new Set(pages[section].map((row) => type(row[1])))];
    out += kinds.map((kind) => {
      const rows = pages[section].filter((row) => type(row[1]) === kind);
      return `  & { [name in${wrapped(rows.map((row) => `'${name(row)}'`))}]?: ${kind} }`;
    }).join('\n') + ';\n\n';
    out += `export type ${title}Options = ${title}OptionsCamel & ${title}OptionsSnake;\n\n`;
  }
  for (const section of ['client', 'server']) {
    const title = section[0].toUpperCase() + section.slice(1);
    const rows = pages[`Statistics of a ${section}`].map((row) => `  /** ${row[1]} */\n  ${name(row)}: number;\n`);
    out += `export interface ${title}Stats {\n${rows.join('')}}\n\n`;
  }
  return out.trimEnd() + '\n';
}

const all = constants();
const pages = tables();
let stale = 0;
for (const [file, text] of [['lib/generated.js', script(all, pages)], ['lib/generated.d.ts', types(all, pages)]]) {
  const target = path.join(here, file);
  if (process.argv.includes('--check')) {
    if (!fs.existsSync(target) || fs.readFileSync(target, 'utf8') !== text) {
      console.error(`generate: expected ${file} as the header and docs/options.md say, got another`);
      stale = 1;
    }
  } else {
    fs.writeFileSync(target, text);
  }
}
process.exitCode = stale;
