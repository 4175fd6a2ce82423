/**
 * Who may know whom. Each rule is a sentence of docs/architecture.md ("Who may know whom"), and
 * scripts/boundaries.mjs plants at least one breach of each, because a rule with a wrong pattern
 * passes silently.
 */

const tests = '(\\.test\\.ts$|/testing/|^e2e/)';
/** What the domain may know of the protocol: how to say no, what a scope is, what a device signs. */
const plainProtocol = '^core/protocol/(errors|scopes|device-auth)\\.ts$';
/** Everything that ends up in the bundle; all else is for development and tests only. */
const shippedPackages =
  '(^|/)node_modules/(@ai-sdk/[^/]+|@peculiar/x509|@humanwhocodes/momoa|@leichtgewicht/ip-codec|commander|dns-packet|@types/dns-packet|json5|ssh2|@types/ssh2|react|react-dom|react-markdown|remark-gfm|scheduler|@types/react|@types/react-dom|uplot|electron-updater|ws|@types/ws|zod)/';
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'protocol-knows-zod-only',
      'core/protocol says what is said; it imports itself and zod',
      { path: '^core/protocol/', pathNot: tests },
      { pathNot: '(^core/protocol/|(^|/)node_modules/zod/)' },
    ),
    forbid(
      'lib-is-the-ground-floor',
      'core/lib stands on Node alone',
      { path: '^core/lib/', pathNot: tests },
      { path: '^(core|cli|main|renderer)/', pathNot: '^core/lib/' },
    ),
    forbid(
      'store-stands-on-lib',
      'core/store knows core/lib and how to report an error',
      { path: '^core/store/', pathNot: tests },
      { path: '^(core|cli|main|renderer)/', pathNot: ['^core/(lib|store)/', plainProtocol] },
    ),
    forbid(
      'domain-knows-no-rpc',
      'a domain room imports core/lib, core/store and errors, scopes and device-auth of the protocol',
      {
        path: '^core/[^/]+/',
        pathNot: ['^core/(protocol|lib|store|server|client|host|remote|verdict)/', tests],
      },
      { path: '^core/(server|client|host|protocol)/', pathNot: plainProtocol },
    ),
    forbid(
      'messages-are-words',
      'core/messages holds what is said to people, and knows nobody who says it',
      { path: '^core/messages/', pathNot: tests },
      { path: '^(core|cli|main|renderer)/', pathNot: '^core/(lib|messages)/' },
    ),
    forbid(
      'judges-stand-on-top',
      'core/remote and core/verdict look at everything else from outside; only shells use them',
      { path: '^core/', pathNot: ['^core/(remote|verdict)/', tests] },
      { path: '^core/(remote|verdict)/' },
    ),
    forbid(
      'host-knows-no-client',
      'core/host is the process around the server; it asks no other gateway',
      { path: '^core/host/', pathNot: tests },
      { path: '^core/client/' },
    ),
    forbid(
      'client-knows-protocol-and-lib',
      'core/client asks; of core it imports the protocol and core/lib',
      { path: '^core/client/', pathNot: tests },
      { path: '^core/', pathNot: '^core/(client|protocol|lib)/' },
    ),
    forbid(
      'server-knows-no-client',
      'server and client meet on the wire only',
      { path: '^core/server/', pathNot: tests },
      { path: '^core/(client|host)/' },
    ),
    forbid(
      'core-knows-no-shell',
      'core is plain Node: no Electron, no commander, nothing of cli, main and renderer',
      { path: '^core/', pathNot: tests },
      { path: ['^(cli|main|renderer|e2e)/', '(^|/)(electron|commander)(/|$)'] },
    ),
    forbid(
      'cli-knows-no-desktop',
      'the command line stands beside the desktop app, not on it',
      { path: '^cli/', pathNot: tests },
      { path: ['^(main|renderer)/', '(^|/)electron(/|$)'] },
    ),
    forbid(
      'desktop-knows-no-cli',
      'the desktop app stands beside the command line, not on it',
      { path: '^main/', pathNot: tests },
      { path: ['^(cli|renderer)/', '(^|/)commander(/|$)'] },
    ),
    forbid(
      'renderer-sees-one-contract',
      'of this program the renderer knows main/bridge/contract.ts, and what core/messages has for words of any room',
      { path: '^renderer/', pathNot: tests },
      {
        path: '^(core|cli|main)/',
        pathNot: ['^main/bridge/contract\\.ts$', '^core/messages/(catalogue|language|plain-text)\\.ts$'],
      },
    ),
    forbid(
      'renderer-sees-types-only',
      'of the bridge the renderer takes types, no code',
      { path: '^renderer/', pathNot: tests },
      { path: '^main/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'renderer-has-no-node',
      'the renderer is a web page',
      { path: '^renderer/', pathNot: tests },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'bridge-contract-knows-protocol',
      'the contract of the bridge is made of the words of core/protocol',
      { path: '^main/bridge/(contract|window-methods|methods/[^/]+)\\.ts$' },
      { pathNot: '(^core/protocol/|^main/bridge/(contract|window-methods|methods/)|(^|/)node_modules/zod/)' },
    ),
    forbid(
      'testing-is-for-tests',
      'fixtures and tests are imported by tests only',
      { path: '^(core|cli|main|renderer)/', pathNot: tests },
      { path: tests },
    ),
    forbid(
      'only-shipped-packages',
      'the product imports the packages named in .dependency-cruiser.cjs; others are for tests and tools',
      { path: '^(core|cli|main|renderer)/', pathNot: tests },
      { dependencyTypes: npm, pathNot: [shippedPackages, '(^|/)electron(/|$)'] },
    ),
    // Electron's own `fs` without its archives has no file.
    forbid(
      'no-unresolved-import',
      'every import leads somewhere',
      {},
      { couldNotResolve: true, pathNot: '^original-fs$' },
    ),
    forbid(
      'no-cycle',
      'two modules that need each other to run are one module; types may refer to each other',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
