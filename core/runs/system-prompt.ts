import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent } from '../agents/roster.ts';

/** Notes of the workspace that tell an agent who it is and how it works here. */
const NOTES = ['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'USER.md', 'TOOLS.md'];
const MAX_NOTE_CHARS = 20_000;

/** What a model is told before everything else: its name, its workspace, and the notes that lie there. */
export async function systemPrompt(agent: Agent | undefined, extra: string | undefined): Promise<string> {
  const name = agent?.identity?.name ?? agent?.name ?? 'Assistant';
  const workspace = agent?.workspace;
  const lines = [`You are ${name}, a personal assistant that runs on the user's own computer.`];
  if (workspace) lines.push(`Your workspace is ${workspace}. Files you read and write lie below it.`);
  const notes = workspace ? await Promise.all(NOTES.map((file) => note(workspace, file))) : [];
  return [lines.join('\n'), ...notes, extra].filter(Boolean).join('\n\n');
}

/** Most notes are not there, and looking for one costs less than failing to open it. */
async function note(workspace: string, file: string): Promise<string | undefined> {
  if (!existsSync(join(workspace, file))) return undefined;
  const text = await readFile(join(workspace, file), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : `# ${file}\n${text.slice(0, MAX_NOTE_CHARS)}`;
}
