import type { CliBackend } from './cli-backend.ts';

/** What a program needs to find itself, its user, its language, its certificates and its network. */
const KEPT = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'CLAUDE_CONFIG_DIR',
  'CODEX_HOME',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'USERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
]);
const KEPT_FAMILIES = /^(LC_|XDG_)/;

/**
 * The environment of a CLI backend: a short list of the gateway's variables without those of `clearEnv`, then the
 * configured ones. Keys and tokens of the gateway are not among them, unless the configuration hands them on.
 */
export function programEnv(backend: CliBackend, env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const plain = name.toUpperCase();
    const isKept = KEPT.has(plain) || KEPT_FAMILIES.test(plain);
    if (isKept && value !== undefined && !backend.clearEnv.includes(name)) kept[name] = value;
  }
  return { ...kept, NO_COLOR: '1', ...backend.env };
}
