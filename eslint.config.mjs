import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const outside = { regex: '^(\\.\\./)+(test|scripts)(/|$)', message: 'The product does not know its tests and scripts.' };
const fileSystems = ['node:fs', 'node:fs/promises', 'fs', 'fs/promises'];
// Closing any descriptor of a file drops every POSIX lock that this process holds on it, those of SQLite too: in all of src nothing
// may read, copy or scan a file. What cannot is listed; everything else of `fs` is refused, by whichever way it would come in.
const askSqlite = 'Opening and closing a database file here drops the locks that SQLite holds on it in this process. Ask SQLite.';
const harmless = [
  'accessSync',
  'chmodSync',
  'constants',
  'closeSync',
  'lstatSync',
  'mkdirSync',
  'open',
  'openSync',
  'readdirSync',
  'realpathSync',
  'rm',
  'statSync',
  'statfs',
  'watch',
];
const noDescriptors = [
  ...fileSystems.map(name => ({ name, allowImportNames: harmless, message: askSqlite })),
  ...['node:module', 'module'].map(name => ({ name, message: askSqlite })),
];
const noOtherWay = [
  // A new file, or one that is emptied: nobody holds a lock on either.
  `CallExpression[callee.name=/^open(Sync)?$/]:not([arguments.1.value=/^wx?$/])`,
  // Under another name it would not be seen here.
  `ImportSpecifier[imported.name=/^open(Sync)?$/]:not([local.name=/^open(Sync)?$/])`,
  `VariableDeclarator[init.name=/^open(Sync)?$/]`,
  'ImportExpression[source.value=/^(node:)?fs/]',
  `ImportExpression:not([source.type='Literal'])`,
  `:matches(CallExpression[callee.name='require'], TSImportEqualsDeclaration)`,
  `:matches(MemberExpression[property.name='getBuiltinModule'], Property[key.name='getBuiltinModule'])`,
  `:matches(MemberExpression[object.name='workspace'][property.name='fs'], VariableDeclarator[init.name='workspace'] Property[key.name='fs'])`,
  `:matches(ExportNamedDeclaration, ExportAllDeclaration)[source.value=/^(node:)?fs/]`,
].map(selector => ({ selector, message: askSqlite }));
// The wall: a refresh token leaves the account store and the vault for the token endpoint alone, and an id_token is read where it arrives.
const noSecretTokens = [
  'MemberExpression[property.name=/^(refreshToken|idToken)$/]',
  'ObjectPattern > Property[key.name=/^(refreshToken|idToken)$/]',
].map(selector => ({ selector, message: 'Only oauth/ and accounts/store/ know refresh and id tokens: ask `Accounts` for a credential.' }));
const words = { message: 'A person reads this: it belongs into the texts.ts beside it.' };
const noWords = [
  { ...words, selector: "ImportSpecifier[imported.name='l10n']" },
  {
    ...words,
    selector: "CallExpression[callee.object.name='window'][callee.property.name=/^show/] > :matches(Literal[value=/./], TemplateLiteral)",
  },
  {
    ...words,
    selector:
      'Property[key.name=/^(title|placeHolder|prompt|detail|description|tooltip|ariaLabel)$/] > :matches(Literal[value=/[A-Za-z]/], TemplateLiteral[expressions.length=0])',
  },
  {
    ...words,
    selector:
      'AssignmentExpression[left.property.name=/^(text|tooltip|title|placeholder|prompt|detail|description|textContent)$/] > :matches(Literal[value=/[A-Za-z]/], TemplateLiteral[expressions.length=0])',
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'out/', 'node_modules/', '.vscode-test/', 'coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        setInterval: 'readonly',
        fetch: 'readonly',
        TextDecoderStream: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // With noPropertyAccessFromIndexSignature the compiler asks for the brackets that this rule would take away.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: noDescriptors, patterns: [outside] }],
      'no-restricted-syntax': ['error', ...noOtherWay],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/oauth/**', 'src/accounts/store/**'],
    rules: { 'no-restricted-syntax': ['error', ...noOtherWay, ...noSecretTokens] },
  },
  {
    files: ['src/*/ui/**/*.ts', 'src/*/page/**/*.ts', 'src/shell/*.ts', 'src/*.ts'],
    ignores: ['src/**/texts.ts', 'src/**/*Texts.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noOtherWay, ...noSecretTokens, ...noWords] },
  },
  {
    // Assertions on mocks read members unbound.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-imports': ['error', { paths: [{ name: 'vitest', importNames: ['test'], message: 'A test is `it` everywhere.' }] }],
    },
  },
);
