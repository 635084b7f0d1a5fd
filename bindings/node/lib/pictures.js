'use strict';
const native = require('./native.js');
const { text } = require('./check.js');
const { value, LtnError } = require('./errors.js');
const { STATUS, PEER, METRIC, SOURCE, CLIENT_STATS, SERVER_STATS } = require('./generated.js');

const names = (table) => new Map(Object.entries(table).map(([name, number]) => [number, name.toLowerCase()]));
const PEER_STATES = names(PEER);
const METRIC_KINDS = names(METRIC);
const SOURCE_KINDS = names(SOURCE);
const CODES = new Map(Object.entries(STATUS).map(([name, number]) => [number, name]));

function peerEntries(handle, isServer) {
  return value(native.peers(handle, isServer)).map(({ state, status, ...rest }) => ({
    ...rest,
    state: PEER_STATES.get(state) ?? 'unknown',
    code: status === STATUS.OK ? null : CODES.get(status) ?? `STATUS_${status}`,
  }));
}

function metricEntries(handle, isServer) {
  return value(native.metrics(handle, isServer))
    .map((entry) => ({ ...entry, kind: METRIC_KINDS.get(entry.kind) ?? 'unknown' }));
}

function sourceEntries(handle) {
  return value(native.serverSources(handle))
    .map((entry) => ({ ...entry, kind: SOURCE_KINDS.get(entry.kind) ?? 'unknown' }));
}

function checkStat(handle, isServer, name) {
  const found = native.stat(handle, isServer, text(name, 'name'));
  if (found === null) {
    throw new LtnError(`expected the name of a counter, came "${name}"`, { status: STATUS.UNKNOWN_OPTION });
  }
  return found;
}

/* Every counter that this library knows of those that this package knows. */
function statsOf(handle, isServer) {
  const out = {};
  for (const name of isServer ? SERVER_STATS : CLIENT_STATS) {
    const found = native.stat(handle, isServer, name);
    if (found !== null) out[name] = found;
  }
  return out;
}

module.exports = { peerEntries, metricEntries, sourceEntries, checkStat, statsOf };
