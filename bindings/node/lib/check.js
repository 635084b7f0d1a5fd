'use strict';
/* What arguments have to be. One line each, in one shape: what was expected and what came. */

/* Two to the 53rd: beyond it a number of milliseconds is not exact any more. */
const LONGEST_MS = 2 ** 53;

function kind(value) {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'object') return `an object of ${value.constructor?.name ?? 'no class'}`;
  return `a ${typeof value}`;
}

function text(value, name) {
  if (typeof value !== 'string') throw new TypeError(`expected a text as ${name}, came ${kind(value)}`);
  /* C reads up to the first NUL. */
  if (value.includes('\0')) throw new RangeError(`expected a text without NUL as ${name}, came one with it`);
  return value;
}

function bytes(value, name, length) {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`expected a Uint8Array as ${name}, came ${kind(value)}`);
  }
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`expected a ${name} of ${length} bytes, came ${value.length}`);
  }
  return value;
}

function func(value, name) {
  if (typeof value !== 'function') throw new TypeError(`expected a function as ${name}, came ${kind(value)}`);
  return value;
}

function object(value, name) {
  if (value === undefined) return {};
  if (value === null || typeof value !== 'object') {
    throw new TypeError(`expected an object as ${name}, came ${kind(value)}`);
  }
  return value;
}

function integer(value, name, least, most, fallback = 0) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new TypeError(`expected a number as ${name}, came ${kind(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`expected a whole number from ${least} to ${most} as ${name}, came ${value}`);
  }
  return value;
}

/* Milliseconds as the header wants them: 0 is the option's default, below 0 no end. */
function timeout(value) {
  if (value === undefined) return 0;
  if (typeof value !== 'number') throw new TypeError(`expected a time, came ${kind(value)}`);
  if (value === Infinity) return -1;
  if (!(value > 0)) throw new RangeError(`expected a time above 0, came ${value < 0 ? 'a negative one' : value}`);
  if (value > LONGEST_MS) throw new RangeError('expected a time of at most 2^53 milliseconds, came a longer one');
  return Math.ceil(value);
}

function signal(value, name = 'signal') {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) {
    throw new TypeError(`expected an AbortSignal as ${name}, came ${kind(value)}`);
  }
  return value;
}

module.exports = { kind, text, bytes, func, object, integer, timeout, signal };
