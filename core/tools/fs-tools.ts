import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { asNumber, type Json } from '../lib/json.ts';
import { readLines } from './line-reader.ts';
import { type Tool, type ToolContext, ToolRefusal, type ToolResult, textResult } from './tool.ts';
import { asUtf8, readWhole, replaceFile } from './workspace-file.ts';
import {
  atPlace,
  existingPath,
  fileRefusal,
  openDirectory,
  openFileAt,
  openWorkspace,
  type Workspace,
} from './workspace-path.ts';

const MAX_EDIT_BYTES = 5 * 1024 * 1024;
const MAX_LISTED = 1000;
/** More than this are not even looked at: a directory can hold millions. */
const MAX_SEEN = 20_000;

const PATH = { type: 'string', minLength: 1, description: 'Path inside the workspace' } as const;

/** Reading and writing inside the workspace of the agent. `closed` are directories nobody may touch. */
export function createFsTools(closed: readonly string[]): Tool[] {
  const workspaceOf = (ctx: ToolContext): Promise<Workspace> => openWorkspace(ctx.workspace, closed);
  return [readTool(workspaceOf), writeTool(workspaceOf), editTool(workspaceOf), lsTool(workspaceOf)];
}

type WorkspaceOf = (ctx: ToolContext) => Promise<Workspace>;

const readTool = (workspaceOf: WorkspaceOf): Tool => ({
  name: 'read',
  label: 'Read file',
  description: 'Read a text file of the workspace, whole or some lines of it',
  group: 'fs',
  parameters: {
    type: 'object',
    required: ['path'],
    properties: {
      path: PATH,
      offset: { type: 'integer', minimum: 1, description: 'First line, counted from 1' },
      limit: { type: 'integer', minimum: 1, maximum: 5000, description: 'Number of lines (2000 by default)' },
    },
  },
  run: async (args, ctx) => {
    const { path, offset, limit } = args as Json;
    return atPlace(await workspaceOf(ctx), String(path), false, async (place) => {
      const handle = await openFileAt(place);
      try {
        return await readLines(handle, place.shown, asNumber(offset) ?? 1, asNumber(limit) ?? 2000);
      } finally {
        await handle.close();
      }
    });
  },
});

const writeTool = (workspaceOf: WorkspaceOf): Tool => ({
  name: 'write',
  label: 'Write file',
  description: 'Create a file in the workspace or replace its whole content',
  group: 'fs',
  parameters: {
    type: 'object',
    required: ['path', 'content'],
    properties: { path: PATH, content: { type: 'string', maxLength: MAX_EDIT_BYTES } },
  },
  run: async (args, ctx) => {
    const { path, content } = args as Json;
    const bytes = Buffer.from(String(content), 'utf8');
    if (bytes.length > MAX_EDIT_BYTES) throw new ToolRefusal(`content may take ${MAX_EDIT_BYTES} bytes.`);
    return atPlace(await workspaceOf(ctx), String(path), true, async (place) => {
      ctx.signal.throwIfAborted();
      const created = await replaceFile(place, bytes);
      const done = created ? 'Created' : 'Replaced';
      return textResult(`${done} ${place.shown} (${bytes.length} bytes).`, { path: place.shown, created });
    });
  },
});

const editTool = (workspaceOf: WorkspaceOf): Tool => ({
  name: 'edit',
  label: 'Edit file',
  description:
    'Replace a passage of a text file; oldText has to be there exactly once unless replaceAll is set',
  group: 'fs',
  parameters: {
    type: 'object',
    required: ['path', 'oldText', 'newText'],
    properties: {
      path: PATH,
      oldText: { type: 'string', minLength: 1, maxLength: MAX_EDIT_BYTES },
      newText: { type: 'string', maxLength: MAX_EDIT_BYTES },
      replaceAll: { type: 'boolean' },
    },
  },
  run: async (args, ctx) => {
    const { path, oldText, newText, replaceAll } = args as Json;
    return atPlace(await workspaceOf(ctx), String(path), false, async (place) => {
      const { bytes, mark } = await readWhole(place, MAX_EDIT_BYTES);
      const text = asUtf8(bytes);
      if (text === undefined) throw new ToolRefusal(`${JSON.stringify(place.shown)} is not a text file.`);
      const parts = text.split(String(oldText));
      checkPassages(parts.length - 1, replaceAll === true, place.shown);
      const edited = Buffer.from(parts.join(String(newText)), 'utf8');
      if (edited.length > MAX_EDIT_BYTES) throw new ToolRefusal('The file would become too large.');
      ctx.signal.throwIfAborted();
      await replaceFile(place, edited, mark);
      const replaced = parts.length - 1;
      return textResult(`Replaced ${replaced} passage(s) in ${place.shown}.`, {
        path: place.shown,
        replaced,
      });
    });
  },
});

function checkPassages(count: number, all: boolean, shown: string): void {
  if (count === 0) {
    throw new ToolRefusal(
      `oldText is not in ${JSON.stringify(shown)}. Read the file again; spaces and line ends have to match.`,
    );
  }
  if (count > 1 && !all) {
    throw new ToolRefusal(
      `oldText is in ${JSON.stringify(shown)} ${count} times. Give more of the text around it, or set replaceAll.`,
    );
  }
}

const lsTool = (workspaceOf: WorkspaceOf): Tool => ({
  name: 'ls',
  label: 'List directory',
  description: 'List a directory of the workspace; directories end in /, links in @',
  group: 'fs',
  parameters: {
    type: 'object',
    properties: {
      path: { ...PATH, description: 'Directory inside the workspace, the workspace itself by default' },
      limit: { type: 'integer', minimum: 1, maximum: MAX_LISTED },
    },
  },
  run: async (args, ctx) => {
    const { path = '.', limit } = args as Json;
    const workspace = await workspaceOf(ctx);
    const real = await existingPath(workspace, String(path));
    const dir = await openDirectory(workspace, real, String(path));
    try {
      return await listing(dir.path, String(path), asNumber(limit) ?? MAX_LISTED);
    } finally {
      await dir.close();
    }
  },
});

async function listing(path: string, given: string, limit: number): Promise<ToolResult> {
  const names: string[] = [];
  const dir = await opendir(path).catch((error) => fileRefusal(error, given));
  for await (const entry of dir) {
    names.push(shownName(entry));
    if (names.length >= MAX_SEEN) break;
  }
  names.sort();
  const left = names.length - limit;
  const more = left > 0 ? `\n[${left}${names.length >= MAX_SEEN ? ' or more' : ''} entries not shown]` : '';
  const text = names.length === 0 ? '(empty directory)' : names.slice(0, limit).join('\n') + more;
  return textResult(text, { entries: Math.min(names.length, limit), truncated: left > 0 });
}

/** A name with control characters is quoted, so that it cannot pass for two entries. */
function shownName(entry: Dirent): string {
  const name = /\p{Cc}/u.test(entry.name) ? JSON.stringify(entry.name) : entry.name;
  if (entry.isDirectory()) return `${name}/`;
  if (entry.isSymbolicLink()) return `${name}@`;
  return entry.isFile() ? name : `${name} (special file)`;
}
