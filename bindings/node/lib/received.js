'use strict';
/* Bytes from the library: large ones come as a Buffer, small ones in a scratch that every environment has one
 * of, as the number -1 - length. They have to be read before the next call into the library. */
const { errorOf } = require('./errors.js');
const { decode } = require('./codec.js');

const scratch = Buffer.alloc(65536);

/* A Buffer of the caller's own; a status is thrown. */
function received(result) {
  if (typeof result !== 'number') return result;
  if (result < 0) return Buffer.from(scratch.subarray(0, -1 - result));
  throw errorOf(result);
}

/* The same, decoded. */
function decoded(result, asMap) {
  if (typeof result !== 'number') return decode(result, asMap);
  if (result < 0) return decode(scratch, asMap, -1 - result);
  throw errorOf(result);
}

module.exports = { scratch, received, decoded };
