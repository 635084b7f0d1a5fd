'use strict';
exports.TestingRuntime = require('./lib/runtime.js').TestingRuntime;
