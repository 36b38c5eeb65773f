/**
 * The rooms of src and which of them each may import, as `Architecture` in CONTRIBUTING.md draws them. A room that is not
 * listed may be imported by nobody. Types count too.
 */
const mayImport = {
  base: [],
  storage: ['base'],
  oauth: ['base'],
  vault: ['base', 'storage'],
  backend: ['base', 'oauth'],
  shell: ['base', 'storage', 'oauth'],
  accounts: ['base', 'storage', 'oauth', 'vault', 'backend', 'shell'],
  apiKeys: ['base', 'storage', 'oauth', 'vault', 'shell', 'accounts'],
  codexCli: ['base', 'storage', 'oauth', 'shell', 'accounts'],
  usage: ['base', 'storage', 'oauth', 'backend', 'shell', 'accounts'],
  models: ['base', 'storage', 'oauth', 'backend', 'shell', 'accounts', 'usage'],
  api: ['base', 'shell', 'accounts', 'usage', 'models'],
  diagnosis: ['base', 'storage', 'oauth', 'vault', 'shell', 'accounts', 'apiKeys', 'codexCli', 'usage'],
};

/** `core.ts` is what rooms register themselves with: the UI of each, and nothing below it, knows it. */
const core = {
  name: 'core-is-for-registering',
  severity: 'error',
  from: { path: '^src/', pathNot: '^src/(extension\\.ts|[^/]+/ui/)' },
  to: { path: '^src/core\\.ts$' },
};

const rooms = Object.entries(mayImport).map(([room, allowed]) => ({
  name: `${room}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/((${[room, ...allowed].join('|')})/|core\\.ts$)` },
}));

export default {
  forbidden: [
    ...rooms,
    core,
    {
      name: 'tokens-stay-in-the-store',
      comment: 'A record with its tokens is for the account store; everybody else gets an AccountInfo or a Credential.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/accounts/store/' },
      to: { path: '^src/accounts/store/storedAccount\\.ts$' },
    },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'vscode-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(extension\\.ts|core\\.ts|shell/|[^/]+/ui/)' },
      to: { path: '^vscode$|@types/vscode' },
    },
    {
      name: 'pages-take-types-only',
      comment: 'A page runs in a webview, where nothing of the extension host is.',
      severity: 'error',
      from: { path: '^src/[^/]+/page/' },
      to: { path: '^src/', pathNot: '^src/(base|[^/]+/page)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-disk',
      comment: 'What is on disk goes through storage/.',
      severity: 'error',
      from: { path: '^src/(base|oauth|backend|usage)/', pathNot: '^src/usage/ui/' },
      to: { path: '^(node:)?fs(/|$)' },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/[^/]+/page/' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.mjs', '.js', '.d.ts'] },
    detectJSDocImports: false,
  },
};
