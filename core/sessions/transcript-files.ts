import { readdirSync, statSync } from 'node:fs';
import { copyFile, link, lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../store/atomic-file.ts';

export interface FileStamp {
  size: number;
  mtimeMs: number;
  /** 0 where the file system has none. */
  ino: number;
}

export interface TranscriptFile extends FileStamp {
  sessionId: string;
  /** The name of its directory, which is the agent id (but for names that Windows reserves). */
  agentId: string;
  path: string;
}

const SESSION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const AGENT_DIR = /^_?[a-z0-9][a-z0-9_-]{0,63}$/;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** True for the ids this store makes; nothing else may become part of a path. */
export const isSessionId = (text: string): boolean => SESSION_ID.test(text);

/** Throws for anything but an agent id and a session id of this store, so that no path comes from outside. */
export function transcriptPath(dir: string, agentId: string, sessionId: string): string {
  const name = RESERVED.test(agentId) ? `_${agentId}` : agentId;
  if (!AGENT_DIR.test(name) || !isSessionId(sessionId)) {
    throw new TypeError('a transcript is named by an agent id and a session id');
  }
  return join(dir, name, `${sessionId}.jsonl`);
}

/** The transcripts there are; archives and foreign files are passed over. A missing directory is empty. */
export function listTranscripts(dir: string): TranscriptFile[] {
  return listAgentDirs(dir).flatMap((agentDir) =>
    entriesOf(join(dir, agentDir)).flatMap((name) => {
      const sessionId = name.endsWith('.jsonl') ? name.slice(0, -'.jsonl'.length) : '';
      if (!isSessionId(sessionId)) return [];
      const path = join(dir, agentDir, name);
      const stamp = fileStamp(path);
      return stamp ? [{ ...stamp, sessionId, agentId: agentDir.replace(/^_/, ''), path }] : [];
    }),
  );
}

/** The names of the directories of agents. */
export const listAgentDirs = (dir: string): string[] =>
  entriesOf(dir).filter((name) => AGENT_DIR.test(name) && entriesOf(join(dir, name)).length > 0);

function entriesOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

export function fileStamp(path: string): FileStamp | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? { size: stat.size, mtimeMs: stat.mtimeMs, ino: stat.ino } : undefined;
}

export type ArchiveReason = 'reset' | 'deleted' | 'bak' | 'detached';

/** Takes the transcript out of use: `<file>.<reason>.<time>`, never over another archive. Undefined when it is gone. */
export async function archiveTranscript(
  path: string,
  reason: ArchiveReason,
  now: number,
): Promise<string | undefined> {
  const archive = await freeName(path, reason, now);
  try {
    await rename(path, archive);
    return archive;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Gives the transcript a new content and keeps the old one as an archive. At every moment there is a whole
 * transcript under its name, the old or the new one.
 */
export async function replaceTranscript(
  path: string,
  content: Buffer,
  reason: ArchiveReason,
  now: number,
): Promise<string> {
  const archive = await freeName(path, reason, now);
  await link(path, archive).catch(() => copyFile(path, archive));
  await writeFileAtomic(path, content);
  return archive;
}

async function freeName(path: string, reason: ArchiveReason, now: number): Promise<string> {
  for (let at = now; ; at += 1) {
    const name = `${path}.${reason}.${new Date(at).toISOString().replaceAll(':', '-')}`;
    const taken = await lstat(name).catch(() => undefined);
    if (!taken) return name;
  }
}
