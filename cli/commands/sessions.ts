import { type Command, Option } from 'commander';
import { addGroup, addLeaf, type Run, withExamples } from '../declare.ts';
import { acceptQueryOptions, addQueryOptions, parseCount } from '../options.ts';

export interface ListFlags {
  limit: number;
  agent?: string;
}

const KEY = ['<key>', 'Its key, as sessions list shows it, such as main or agent:main:trip'] as const;

/** `openclaw sessions …`: what was said. */
export function addSessionsCommands(program: Command, run: Run): void {
  const sessions = acceptQueryOptions(addGroup(program, 'sessions', 'List, read and change sessions'));
  withExamples(sessions, [
    ['openclaw sessions list', 'The newest ones.'],
    ['openclaw sessions show main', 'Read the last messages of the main session.'],
    ['openclaw sessions search kyoto', 'Find what was said about something.'],
  ]);
  addReaders(sessions, run);
  addWriters(sessions, run);
}

const limit = (fallback: number, most: number): Option =>
  new Option('--limit <count>', 'How many at most, the newest')
    .default(fallback)
    .argParser(parseCount('--limit', most));

function addReaders(sessions: Command, run: Run): void {
  const list = addLeaf(sessions, 'list', 'List sessions, the most recently used first')
    .addOption(limit(20, 1000))
    .option('--agent <id>', 'Only those of one agent');
  addQueryOptions(list).action(
    run(() => import('../actions/sessions-read.ts').then((module) => module.sessionsList)),
  );
  const show = addLeaf(sessions, 'show', 'Show a session and its last messages', [KEY]).addOption(
    limit(20, 1000),
  );
  addQueryOptions(show).action(
    run(() => import('../actions/sessions-read.ts').then((module) => module.sessionsShow)),
  );
  const search = addLeaf(sessions, 'search', 'Find sessions by their titles and by what was said', [
    ['<text>', 'Words that all have to be there'],
  ])
    .addOption(limit(20, 25))
    .option('--agent <id>', 'Only those of one agent');
  addQueryOptions(search).action(
    run(() => import('../actions/sessions-search.ts').then((module) => module.sessionsSearch)),
  );
}

function addWriters(sessions: Command, run: Run): void {
  addQueryOptions(
    addLeaf(sessions, 'reset', 'Begin a session anew; the old messages are archived', [KEY]),
  ).action(run(() => import('../actions/sessions-change.ts').then((module) => module.sessionsReset)));
  addQueryOptions(addLeaf(sessions, 'delete', 'Delete a session; its messages are archived', [KEY])).action(
    run(() => import('../actions/sessions-change.ts').then((module) => module.sessionsDelete)),
  );
  const rename = addLeaf(sessions, 'rename', 'Give a session a label', [
    KEY,
    ['<label>', 'The label; "" takes it away'],
  ]);
  addQueryOptions(rename).action(
    run(() => import('../actions/sessions-change.ts').then((module) => module.sessionsRename)),
  );
  addQueryOptions(
    addLeaf(sessions, 'abort', 'Stop the answer that is being written in a session', [KEY]),
  ).action(run(() => import('../actions/sessions-change.ts').then((module) => module.sessionsAbort)));
}
