'use strict';
/* Options by name: camelCase is translated, everything else goes to the library, which knows the names
 * and their ranges. */
const { kind } = require('./check.js');

function settingText(value, name) {
  switch (typeof value) {
    case 'string': return value;
    case 'boolean': return String(value);
    case 'bigint': return String(value);
    case 'number':
      if (Number.isFinite(value)) return String(value);
      throw new RangeError(`expected a finite number as ${name}, came ${value}`);
    default:
      if (value === null) return 'none';
      throw new TypeError(`expected a number, a text, a boolean or null as ${name}, came ${kind(value)}`);
  }
}

/* Calls set(name, text) for each option that is none of `own`. */
function applySettings(options, own, names, set) {
  for (const [key, value] of Object.entries(options)) {
    if (own.includes(key) || value === undefined) continue;
    const name = names.get(key) ?? key;
    set(name, settingText(value, key));
  }
}

module.exports = { applySettings, settingText };
