import { join } from 'node:path';
import { type ConfigLine, includedFiles, readConfigLines } from './config-lines.ts';
import { matchesPatterns } from './host-pattern.ts';
import { type SshNote, sshFailure } from './ssh-problem.ts';
import type { SshTarget } from './ssh-target.ts';
import type { SshSurroundings } from './surroundings.ts';

/** How to reach one host: the target, completed by ssh_config. Paths are absolute. */
export interface SshHost {
  /** As it was asked for. */
  alias: string;
  host: string;
  port: number;
  user: string;
  /** Named by `IdentityFile`: undefined when nothing is said, empty for `none`. */
  identityFiles: string[] | undefined;
  /** Only these are shown to the host, whatever else an agent holds. */
  identitiesOnly: boolean;
  /** Named by `CertificateFile`. */
  certificateFiles: string[];
  /** Address of an agent; `none` for no agent, undefined for that of the environment. */
  identityAgent: string | undefined;
  /** Hosts to go through, nearest first. */
  proxyJump: string[];
  /** Named by `HostKeyAlias`: the known hosts have it under this name, whatever its port. */
  hostKeyAlias: string | undefined;
  /** Files with known hosts, ours not among them. */
  knownHostsFiles: string[];
  notes: SshNote[];
}

const DEEPEST_INCLUDE = 16;

/**
 * What `~/.ssh/config`, then `/etc/ssh/ssh_config` say about a host: the first value counts, files with identities
 * add up. `Match` blocks are passed over, with a note. Throws SSH_CONFIG_UNSAFE, SSH_CONFIG_UNUSABLE,
 * SSH_PROXY_COMMAND.
 */
export async function readSshHost(target: SshTarget, around: SshSurroundings): Promise<SshHost> {
  const { home, systemDir } = around;
  const userDir = join(home, '.ssh');
  const own = new Directives(target.host, home, userDir);
  await own.read(join(userDir, 'config'));
  const found = new Directives(target.host, home, systemDir, own);
  await found.read(join(systemDir, 'ssh_config'));
  return hostOf(target, found, around);
}

/** The directives that hold for one host, in the order of the files. */
class Directives {
  readonly notes: SshNote[];
  private readonly alias: string;
  private readonly home: string;
  /** Where relative names of included files begin. */
  private readonly base: string;
  private readonly lines: ConfigLine[];

  constructor(alias: string, home: string, base: string, before?: Directives) {
    this.alias = alias;
    this.home = home;
    this.base = base;
    this.notes = before?.notes ?? [];
    this.lines = before?.lines ?? [];
  }

  async read(file: string, depth = 0): Promise<void> {
    if (depth > DEEPEST_INCLUDE) {
      throw sshFailure('SSH_CONFIG_UNUSABLE', { file, reason: `Include, ${DEEPEST_INCLUDE} files deep` });
    }
    let holds = true;
    for (const line of await readConfigLines(file)) {
      const isBlock = line.keyword === 'host' || line.keyword === 'match';
      if (isBlock) holds = this.begins(line);
      else if (holds) await this.take(line, depth);
    }
  }

  /** Whether the block that this line opens is about our host. */
  private begins({ keyword, args, file, line }: ConfigLine): boolean {
    if (keyword === 'host') return matchesPatterns(args, this.alias);
    this.notes.push({ note: 'match-ignored', values: { file, line } });
    return false;
  }

  private async take(line: ConfigLine, depth: number): Promise<void> {
    if (line.keyword !== 'include') {
      this.lines.push(line);
      return;
    }
    for (const pattern of line.args) {
      const files = await includedFiles(atHome(pattern, this.home), this.base);
      for (const file of files) await this.read(file, depth + 1);
    }
  }

  first(keyword: string): string[] | undefined {
    return this.lines.find((line) => line.keyword === keyword && line.args.length > 0)?.args;
  }

  all(keyword: string): string[] {
    return this.lines.filter((line) => line.keyword === keyword).flatMap(({ args }) => args.slice(0, 1));
  }

  word(keyword: string): string | undefined {
    return this.first(keyword)?.[0];
  }
}

const atHome = (path: string, home: string): string => path.replace(/^~(?=$|[\\/])/, () => home);

function hostOf(target: SshTarget, found: Directives, around: SshSurroundings): SshHost {
  const { home, username, env, systemDir } = around;
  const user = target.user ?? found.word('user') ?? username;
  const port = target.port ?? portOf(found.word('port'));
  const host = expand(found.word('hostname') ?? target.host, { h: target.host, n: target.host });
  const hostKeyAlias = found.word('hostkeyalias');
  const place = { h: host, n: target.host, r: user, p: String(port) };
  const tokens = {
    ...place,
    d: home,
    u: username,
    i: String(process.getuid?.() ?? ''),
    k: hostKeyAlias ?? host,
  };
  const path = (text: string): string => absolute(atHome(expand(withEnv(text, env), tokens), home), home);
  const files = (keyword: string): string[] =>
    found
      .all(keyword)
      .filter((text) => !isNone(text))
      .map(path);
  const listed = (keyword: string, usual: string[]): string[] =>
    (found.first(keyword)?.filter((text) => !isNone(text)) ?? usual).map(path);
  return {
    alias: target.host,
    host,
    port,
    user,
    identityFiles: found.first('identityfile') && files('identityfile'),
    identitiesOnly: /^(yes|true)$/i.test(found.word('identitiesonly') ?? ''),
    certificateFiles: files('certificatefile'),
    identityAgent: agentOf(found.word('identityagent'), path),
    proxyJump: proxyJumpOf(found, target.host).map((hop) => expand(hop, place)),
    hostKeyAlias,
    knownHostsFiles: [
      ...listed('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
      ...listed(
        'globalknownhostsfile',
        ['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => join(systemDir, name)),
      ),
    ],
    notes: found.notes,
  };
}

const isNone = (text: string): boolean => text.toLowerCase() === 'none';
const absolute = (path: string, home: string): string =>
  /^([A-Za-z]:)?[\\/]/.test(path) || path.startsWith('\\\\') ? path : join(home, path);

function portOf(text: string | undefined): number {
  const port = Number(text ?? 22);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw sshFailure('SSH_CONFIG_UNUSABLE', { file: '~/.ssh/config', reason: `Port ${text}` });
}

/** `%h` and its like; `%%` is one percent sign, and what is not known stays. */
const expand = (text: string, tokens: Readonly<Record<string, string>>): string =>
  text.replace(/%([a-zA-Z%])/g, (whole, name: string) =>
    name === '%' ? '%' : Object.hasOwn(tokens, name) ? (tokens[name] ?? '') : whole,
  );

const withEnv = (text: string, env: NodeJS.ProcessEnv): string =>
  text.replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);

function agentOf(text: string | undefined, path: (text: string) => string): string | undefined {
  if (text === undefined || text === 'SSH_AUTH_SOCK') return undefined;
  if (isNone(text)) return 'none';
  if (text.startsWith('$')) return path(text.replace(/^\$(\w+)$/, '$${$1}'));
  return path(text);
}

/** Whichever of the two comes first counts, as for OpenSSH. */
function proxyJumpOf(found: Directives, alias: string): string[] {
  const jump = found.word('proxyjump');
  const command = found.word('proxycommand');
  if (jump === undefined && command !== undefined && !isNone(command)) {
    throw sshFailure('SSH_PROXY_COMMAND', { host: alias });
  }
  return jump === undefined || isNone(jump) ? [] : jump.split(',');
}
