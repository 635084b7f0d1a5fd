'use strict';
/* Maps between JavaScript and MessagePack. */
const { kind } = require('./check.js');
const { SerializationError } = require('./errors.js');
const { STATUS, CATEGORY } = require('./generated.js');

/* msgpackr keeps one table of extensions per loaded module and would build RegExp, Error and the like from
 * what a peer sends. A copy of the module that nobody else sees lets us say otherwise without changing
 * the host's. */
function privateCopy() {
  const file = require.resolve('msgpackr');
  const shared = require.cache[file];
  delete require.cache[file];
  try {
    return require(file);
  } finally {
    if (shared === undefined) delete require.cache[file];
    else require.cache[file] = shared;
  }
}

const { Packr, addExtension } = privateCopy();

/** An extension value of MessagePack: application type and bytes. */
class Ext {
  constructor(type, data) {
    this.type = type;
    this.data = data;
  }
}

/* Timestamps (-1) stay dates. One subclass per type, since an extension is packed by its class. */
const EXT_CLASSES = new Map();
for (let type = -128; type < 128; ++type) {
  if (type === -1) continue;
  const Class = class extends Ext {};
  EXT_CLASSES.set(type, Class);
  const byte = type & 0xff;
  /* It takes 0 for "no type" when packing, and stores only the low byte. */
  addExtension({ Class, type: byte || 256, pack: (value) => value.data });
  addExtension({ type: byte, unpack: (data) => new Class(type, Buffer.from(data)) });
}

function ext(type, data) {
  const Class = EXT_CLASSES.get(type);
  if (Class === undefined) {
    throw new RangeError(`expected a whole number from -128 to 127 other than -1 as type, came ${type}`);
  }
  if (!(data instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array as data, came ${kind(data)}`);
  return new Class(type, data);
}

const SHAPE = {
  useRecords: false,
  variableMapSize: true,
  encodeUndefinedAsNil: true,
  /* Above 2^53 a number would lose digits. */
  int64AsType: 'auto',
  copyBuffers: true,
};
const objects = new Packr({ ...SHAPE, mapsAsObjects: true });
const maps = new Packr({ ...SHAPE, mapsAsObjects: false });

/* A value of one of these packs as something that is no map. */
function isMap(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) &&
    !ArrayBuffer.isView(value) && !(value instanceof Date) && !(value instanceof Set);
}

/** MessagePack bytes of an object or Map. */
function encode(value, name = 'data') {
  if (value === undefined) return null;
  if (!isMap(value)) throw new TypeError(`expected a map as ${name}, came ${kind(value)}`);
  try {
    return objects.pack(value);
  } catch (cause) {
    throw new TypeError(`expected ${name} that MessagePack can hold, came something else`, { cause });
  }
}

/** The object (or, with `asMap`, the Map) of MessagePack bytes. */
function decode(bytes, asMap = false, length = bytes.length) {
  try {
    return (asMap ? maps : objects).unpack(bytes, length);
  } catch (cause) {
    const error = new SerializationError(
      `serialization error: expected MessagePack that JavaScript can hold, came ${cause.message}`,
      { status: STATUS.MALFORMED, category: CATEGORY.SERIALIZATION });
    error.cause = cause;
    throw error;
  }
}

module.exports = { Ext, ext, encode, decode };
