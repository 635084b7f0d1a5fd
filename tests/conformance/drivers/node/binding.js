'use strict';
/* The binding under test, where `run` prepared it. */
module.exports = require(process.env.LTN_NODE);
