import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXED_BY } from '../discovery/discover.ts';
import { GATEWAY_PROBLEM_CODES, gatewayProblem } from '../remote/remote-problem.ts';
import { SSH_PROBLEM_CODES, sshProblem } from '../ssh/ssh-problem.ts';
import { allCodes, CODE_ROOMS, type CodeRoom } from './all-codes.ts';
import { FINDING_CODES, kindOf } from './findings.ts';

const DIR = join(import.meta.dirname, '../../docs/errors');
const pages = readdirSync(DIR).filter((name) => name !== 'README.md');
const read = (name: string): string => readFileSync(join(DIR, name), 'utf8');

/** As pages quote it: on one line, with the places of values as `<name>`. */
const quoteOf = ({ says }: CodeRoom, code: string): string =>
  `\`${says[code]?.replace(/\s+/g, ' ').replace(/\{(\w+)\}/g, '<$1>')}\``;

/** The part of the index under the heading of a room. */
const indexOf = (room: string): string =>
  read('README.md')
    .split('\n## ')
    .find((part) => part.startsWith(`${room}\n`)) ?? '';

test('every code has a page in docs/errors, and every page is of a code', () => {
  expect(pages.toSorted()).toEqual(allCodes().map((code) => `${code}.md`));
});

test.each(CODE_ROOMS)('the index links the codes of $room, with what they say', (room) => {
  const rows = indexOf(room.room).matchAll(/\| \[(\w+)\]\((\w+)\.md\) \| (.*) \|$/gm);
  const listed = [...rows].map(([, name, page, said]) => [name, page, said]);
  expect(listed).toEqual(room.codes.map((code) => [code, code, quoteOf(room, code)]));
});

test('the index has no other links to pages', () => {
  const linked = [...read('README.md').matchAll(/\]\((\w+)\.md\)/g)].map(([, code]) => code);
  expect(linked).toEqual(CODE_ROOMS.flatMap(({ codes }) => codes));
});

test.each(CODE_ROOMS)('the pages of $room quote what it says', (room) => {
  for (const code of room.codes) expect(read(`${code}.md`)).toContain(`\n> ${quoteOf(room, code)}\n`);
});

const WORDS = {
  you: 'you,',
  user: 'you,',
  gateway: 'whoever runs the gateway',
  network: 'whoever runs the network',
};
const menders: [code: string, mender: string][] = [
  ...FINDING_CODES.map((code): [string, string] => {
    const { mender } = kindOf(code);
    return [code, mender === 'host' ? 'whoever runs the gateway host' : WORDS[mender]];
  }),
  ...[
    ...SSH_PROBLEM_CODES.map((code) => sshProblem(code)),
    ...GATEWAY_PROBLEM_CODES.map((code) => gatewayProblem(code, {})),
  ].map(({ code, who }): [string, string] => [code, who === 'host' ? 'whoever runs the host' : WORDS[who]]),
  ...Object.entries(FIXED_BY).map(([code, who]): [string, string] => [code, WORDS[who]]),
];

test.each(menders)('the page of %s names as the one who can fix it: %s', (code, mender) => {
  expect(read(`${code}.md`).split('\n')[2]).toContain(`Who can fix it: ${mender}`);
});

test.each(pages)('%s says why it happens, what mends it and how to check, also in Chinese', (name) => {
  const text = read(name);
  expect(text.split('\n')[0]).toBe(`# ${name.replace('.md', '')}`);
  expect(text.split('\n')[2]).toMatch(/^(Layer|Room): [a-z]+\. Who can fix it: .+\.$/);
  for (const part of ['**Why it happens.**', '**Fix.**', '**Check.**']) expect(text).toContain(part);
  const [, chinese = ''] = text.split('\n## 中文\n');
  expect(chinese.match(/\p{sc=Han}/gu)?.length ?? 0).toBeGreaterThan(20);
});
