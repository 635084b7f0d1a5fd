'use strict';
const js = require('@eslint/js');
const globals = require('globals');

module.exports = [
  { ignores: ['build/', 'prebuilds/', 'lib/generated.js', '**/*.ts', '**/*.mts', '**/*.cts'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: 'commonjs', globals: { ...globals.node, gc: 'readonly' } },
    rules: {
      /* Some fields only keep what they refer to from the collector. */
      'no-unused-private-class-members': 'off',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-shadow': 'error',
      'no-unused-vars': ['error', { caughtErrors: 'all' }],
      'max-len': ['error', { code: 140 }],
      quotes: ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
      semi: ['error', 'always'],
      indent: ['error', 2, { SwitchCase: 1 }],
      'comma-dangle': ['error', 'always-multiline'],
    },
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module' } },
];
