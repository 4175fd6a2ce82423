import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseAgent, ParsedKey } from 'ssh2';
import { fingerprintOf } from './fingerprint.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import type { KeyVault } from './key-vault.ts';
import type { SshHost } from './ssh-config.ts';
import type { SshLibrary } from './ssh-library.ts';
import { type SshNote, type SshProblem, sshFailure, sshProblem } from './ssh-problem.ts';
import type { SshSurroundings } from './surroundings.ts';

/** One key that may be shown to the host. */
interface Identity {
  publicKey: ParsedKey;
  /** How it is called towards people. */
  name: string;
  /** The name is the path of its file. */
  isFile: boolean;
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

export interface RingOptions {
  library: SshLibrary;
  vault: KeyVault;
  around: SshSurroundings;
  /** The one key to use, whatever the configuration names. */
  identity?: string | undefined;
  /** Milliseconds for the host; an agent has half of them at most. */
  timeoutMs: number;
  /** Nobody waits for an agent any more. */
  signal: AbortSignal;
}

const USUAL_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
/** Milliseconds an agent has to say which keys it holds. */
const AGENT_MS = 5_000;
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';

/**
 * The keys for one host, shown in this order: those that were named, whether an agent or a file holds them; those of
 * the usual files that the agent holds; what else it holds; the usual files, looked for only when none is named. A
 * passphrase is asked for only once the host has accepted the key that needs it.
 */
export class KeyRing {
  readonly notes: SshNote[] = [];
  /** Names of the keys that the host has seen. */
  readonly shown: string[] = [];
  /** Those of them that the host took: it asked for a signature and got it. */
  readonly taken: string[] = [];
  /** Why a key that the host would have taken could not be used. */
  obstacle: SshProblem | undefined;
  private identities: Identity[] = [];
  private readonly options: RingOptions;

  constructor(options: RingOptions) {
    this.options = options;
  }

  /** Throws SSH_KEY_MISSING, SSH_KEY_UNSAFE or SSH_KEY_UNUSABLE when the one key that was asked for cannot be used. */
  async fill(host: SshHost): Promise<void> {
    const { around, identity } = this.options;
    const chosen = identity === undefined ? host.identityFiles : [identity];
    const named = chosen ?? [];
    const isOnly = identity !== undefined || host.identitiesOnly;
    const usual = chosen ? [] : USUAL_FILES.map((name) => join(around.home, '.ssh', name));
    const held = await this.agentIdentities(host.identityAgent);
    if (this.options.signal.aborted) return;
    const first = await this.fileIdentities(named, held, true);
    const last = await this.fileIdentities(usual, held, false);
    // A host hears out few keys: of what the agent holds, the usual ones are the likely ones.
    const likely = last.filter((identity) => held.includes(identity));
    const others = isOnly ? [] : held;
    this.identities = unique([...first, ...likely, ...others, ...last]);
    await this.noteCertificates([...host.certificateFiles, ...named.map((path) => `${path}-cert.pub`)]);
  }

  /** The first key that is no agent's alone. */
  get firstFile(): string | undefined {
    return this.identities.find(({ isFile }) => isFile)?.name;
  }

  get isEmpty(): boolean {
    return this.identities.length === 0;
  }

  /** As the library wants to have it. */
  agent(): BaseAgent<ParsedKey> {
    const { identities, shown, taken } = this;
    class Ring extends this.options.library.BaseAgent<ParsedKey> {
      override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
        for (const { name } of identities) shown.push(name);
        done(
          null,
          identities.map(({ publicKey }) => publicKey),
        );
      }

      override sign(key: ParsedKey, data: Buffer, options: unknown, callback?: unknown): void {
        const done = (callback ?? options) as (error?: Error | null, signature?: Buffer) => void;
        const { hash } = options as { hash?: string };
        const identity = identities.find(({ publicKey }) => isSame(publicKey, key));
        const signed = identity?.sign(data, hash) ?? Promise.reject(new Error('no such key'));
        signed.then(
          (signature) => {
            if (identity) taken.push(identity.name);
            done(null, signature);
          },
          (error: Error) => done(error),
        );
      }
    }
    return new Ring();
  }

  private note(note: SshNote['note'], values: SshNote['values']): void {
    this.notes.push({ note, values });
  }

  private async fileIdentities(
    paths: readonly string[],
    held: Identity[],
    isNamed: boolean,
  ): Promise<Identity[]> {
    const files = await Promise.all(paths.map((path) => readKeyFile(path, this.options.library)));
    const found: Identity[] = [];
    for (const file of files) {
      const identity =
        this.heldBy(held, file) ?? (await this.identityOf(await this.privateHalf(file), isNamed));
      if (identity) found.push(identity);
    }
    return found;
  }

  /** Of a public key that no agent holds the other half stands beside it, or nowhere. */
  private async privateHalf(file: KeyFile): Promise<KeyFile> {
    if (file.state !== 'public') return file;
    return readKeyFile(file.path.replace(/\.pub$/, ''), this.options.library);
  }

  /** The agent needs no passphrase for it. */
  private heldBy(held: readonly Identity[], file: KeyFile): Identity | undefined {
    const key = file.state === 'locked' ? file.publicKey : 'key' in file ? file.key : undefined;
    return key && held.find(({ publicKey }) => isSame(publicKey, key));
  }

  private async identityOf(file: KeyFile, isNamed: boolean): Promise<Identity | undefined> {
    const { path, state } = file;
    switch (state) {
      case 'ready':
        return {
          publicKey: file.key,
          name: path,
          isFile: true,
          sign: async (data, hash) => signWith(file.key, data, hash),
        };
      case 'locked':
        return this.lockedIdentity(file);
      case 'missing':
        return isNamed ? this.refuse('SSH_KEY_MISSING', 'key-missing', { path }) : undefined;
      case 'unsafe':
        return this.refuse('SSH_KEY_UNSAFE', 'key-unsafe', { path });
      case 'unusable':
        return this.refuse('SSH_KEY_UNUSABLE', 'key-unusable', { path, reason: file.reason });
      default:
        return undefined;
    }
  }

  /** The one key that was asked for has to work; any other is left out, and told. */
  private refuse(
    code: 'SSH_KEY_MISSING' | 'SSH_KEY_UNSAFE' | 'SSH_KEY_UNUSABLE',
    note: SshNote['note'],
    values: SshNote['values'],
  ): undefined {
    if (this.options.identity !== undefined) throw sshFailure(code, values);
    this.note(note, values);
    return undefined;
  }

  private async lockedIdentity(file: KeyFile & { state: 'locked' }): Promise<Identity | undefined> {
    const name = file.path;
    const sign = async (data: Buffer, hash: string | undefined): Promise<Buffer> => {
      const key = await this.unlocked(file);
      if (!key) throw new Error('locked');
      return signWith(key, data, hash);
    };
    if (file.publicKey) return { publicKey: file.publicKey, name, isFile: true, sign };
    const key = await this.unlocked(file);
    return key && { publicKey: key, name, isFile: true, sign };
  }

  private async unlocked(file: KeyFile & { state: 'locked' }): Promise<ParsedKey | undefined> {
    const { vault, library } = this.options;
    const key = await vault.unlock(file, library);
    if (typeof key !== 'string') return key;
    const { path } = file;
    if (key === 'unusable')
      this.obstacle ??= sshProblem('SSH_KEY_UNUSABLE', { path, reason: 'decrypted, no key' });
    else
      this.obstacle ??= sshProblem(key === 'wrong' ? 'SSH_PASSPHRASE_WRONG' : 'SSH_PASSPHRASE_NEEDED', {
        path,
      });
    return undefined;
  }

  private async agentIdentities(configured: string | undefined): Promise<Identity[]> {
    const { around, library, signal, timeoutMs } = this.options;
    const usual = around.env.SSH_AUTH_SOCK || (around.platform === 'win32' ? WINDOWS_AGENT : undefined);
    const address = configured === 'none' ? undefined : (configured ?? usual);
    if (address === undefined) return [];
    const agent = library.createAgent(address);
    const limit = new AbortController();
    const silent = around.clock
      .sleep(Math.min(AGENT_MS, timeoutMs / 2), AbortSignal.any([signal, limit.signal]))
      .then(() => undefined);
    const asked = new Promise<ParsedKey[] | undefined>((resolve) => {
      agent.getIdentities((error, found) => resolve(error ? undefined : (found as ParsedKey[])));
    });
    const keys = await Promise.race([asked, silent]);
    limit.abort();
    const isExpected = configured !== undefined || around.platform !== 'win32';
    if (!keys && isExpected && !signal.aborted) this.note('agent-silent', { address });
    return (keys ?? []).filter(({ type }) => !type.includes('cert')).map((key) => heldIdentity(agent, key));
  }

  private async noteCertificates(paths: readonly string[]): Promise<void> {
    for (const path of new Set(paths)) {
      const isThere = await stat(path).then(
        () => true,
        () => false,
      );
      if (isThere) this.note('certificate-ignored', { path });
    }
  }
}

function heldIdentity(agent: BaseAgent, publicKey: ParsedKey): Identity {
  return {
    publicKey,
    name: `${publicKey.type} ${fingerprintOf(publicKey.getPublicSSH())} (agent)`,
    isFile: false,
    sign: (data, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(publicKey, data, { hash: hash as never }, (error, signature) =>
          signature ? resolve(signature) : reject(error ?? new Error('the agent did not sign')),
        );
      }),
  };
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature: Buffer | Error = key.sign(data, hash);
  if (signature instanceof Error) throw signature;
  return signature;
}

const isSame = (one: ParsedKey, other: ParsedKey): boolean => one.getPublicSSH().equals(other.getPublicSSH());

const unique = (identities: readonly Identity[]): Identity[] =>
  identities.filter(
    (identity, index) =>
      identities.findIndex((other) => isSame(other.publicKey, identity.publicKey)) === index,
  );
