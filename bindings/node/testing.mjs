import testing from './testing.js';

export const { TestingRuntime } = testing;
