import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../cli/text-width.ts';
import { shellWord } from '../lib/shell-word.ts';
import { LANGUAGES, type Language } from '../messages/language.ts';
import { SSH_PROBLEM_CODES, type SshNote, sshProblem } from '../ssh/ssh-problem.ts';
import { noteText, problemText } from './problem-text.ts';
import { GATEWAY_PROBLEM_CODES, gatewayProblem, type TunnelProblem } from './remote-problem.ts';

const ID = 'a'.repeat(64);
/** Everything that any of the sentences speaks of, of a usual length. */
const VALUES = {
  target: 'ann@box',
  fault: 'port',
  host: 'box.example',
  port: 22,
  user: 'ann',
  type: 'ssh-ed25519',
  fingerprint: `SHA256:${'x'.repeat(43)}`,
  file: '/home/ann/.ssh/config',
  line: 3,
  path: '/home/ann/.ssh/id_ed25519',
  reason: 'ECONNREFUSED',
  hops: 8,
  methods: 'publickey, password',
  keys: '/home/ann/.ssh/id_ed25519',
  place: '127.0.0.1:18789',
  holder: 'pid 1 ann: node server.js (127.0.0.1:18790)',
  remote: 'box.example/18789',
  gatewayId: ID,
  pinned: 'b'.repeat(64),
  address: '/run/agent.sock',
  alias: 'box',
  jump: 'near',
  key: '/home/ann/.ssh/id_ed25519',
};
const ASKED = { openclaw: 'openclaw', target: 'ann@box', again: 'openclaw tunnel ann@box' };
const PROBLEMS: TunnelProblem[] = [
  ...SSH_PROBLEM_CODES.map((code) => sshProblem(code, VALUES)),
  ...GATEWAY_PROBLEM_CODES.map((code) => gatewayProblem(code, VALUES)),
];
const told = (problem: TunnelProblem, language: Language) => problemText(problem, language, ASKED);

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(PROBLEMS)('$code says what is wrong and what to do, in lines of 80 columns', (problem) => {
    const text = told(problem, language);
    expect(text.problem).not.toBe('');
    expect(text.fix).toMatch(/\n {2}\S/);
    for (const line of `${text.problem}\nFix:__${text.fix}`.split('\n')) {
      expect(line).not.toMatch(/\{\w+\}/);
      // A command is pasted as a whole, however long the id in it is.
      if (!line.startsWith('  ')) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    }
  });

  test.each([
    'match-ignored',
    'key-missing',
    'key-unsafe',
    'key-unusable',
    'certificate-ignored',
    'agent-silent',
  ] satisfies SshNote['note'][])('the note %s has a sentence', (note) => {
    const text = noteText({ note, values: VALUES }, language);
    expect(text).not.toMatch(/\{\w+\}|^note\./);
  });
});

test('a changed key is shown beside the one that was known, with the command that removes it', () => {
  const known = [{ type: 'ssh-rsa', fingerprint: 'SHA256:old', file: "/home/o'neil/known_hosts", line: 7 }];
  const question = { host: 'box', port: 2222, type: 'ssh-ed25519', fingerprint: 'SHA256:new' };
  const hostKey = { ...question, randomart: [], key: '', known, authorities: [] };
  const { problem, fix } = told(sshProblem('HOST_KEY_CHANGED', { ...question }, hostKey), 'en');
  expect(problem).toContain(
    "  known  ssh-rsa SHA256:old\n         /home/o'neil/known_hosts:7\n  now    ssh-ed25519 SHA256:new",
  );
  expect(fix).toContain(`  ssh-keygen -R '[box]:2222' -f '/home/o'\\''neil/known_hosts'`);
});

test('what others chose to say cannot move the cursor, and stays one word of a command', () => {
  const evil = '\u001b[2J$(touch x) <b>';
  const text = told(sshProblem('SSH_KEY_UNUSABLE', { path: evil, reason: evil }), 'en');
  expect(text.problem).not.toContain('\u001b');
  expect(text.fix).toMatch(/-f '[^']*\$\(touch x\)[^']*'$/);
});

test.each([
  ['ann@box:2222', 'openclaw tunnel ann@box:22 --remote-port 1'],
  ['alias', 'openclaw tunnel alias:22 --remote-port 1'],
  ['[2001:db8::1]:80', "openclaw tunnel '[2001:db8::1]:22' --remote-port 1"],
])('who is at another port than SSH is asked at the usual one, as %s was', (target, command) => {
  const again = `openclaw tunnel ${shellWord(target)} --remote-port 1`;
  const problem = sshProblem('SSH_NOT_SSH', { host: '::1', port: 80 });
  expect(problemText(problem, 'en', { openclaw: 'openclaw', target, again }).fix).toContain(`\n  ${command}`);
});

test.each([
  [{ file: '/k/my key' }, "ssh-copy-id -i '/k/my key' -p 2222 ann@far"],
  [{}, 'ssh-copy-id -p 2222 ann@far'],
])(
  'a key is copied by the name that the configuration knows, and the one that was shown',
  (file, command) => {
    const values = { host: '10.0.0.9', alias: 'far', port: 2222, user: 'ann', methods: 'publickey', ...file };
    const { fix } = told(sshProblem('SSH_AUTH_FAILED', { ...values, keys: '-' }), 'en');
    expect(fix).toContain(`\n  ${command}`);
  },
);

test.each([
  ['key exchange algorithm', 'KexAlgorithms +'],
  ['host key format', 'HostKeyAlgorithms +'],
  ['C->S cipher', 'Ciphers +'],
  ['S->C MAC', 'MACs +'],
])('a host without a common %s is told by the line that it lacks', (what, line) => {
  const problem = sshProblem('SSH_NO_COMMON_ALGORITHM', {
    host: 'h',
    reason: `Handshake failed: no matching ${what}`,
  });
  expect(told(problem, 'en').fix).toContain(`\n  ${line}`);
});

test('the way out of a gateway that cannot prove itself any more is another than that of a new one', () => {
  const gone = told(gatewayProblem('GATEWAY_CHANGED', { ...VALUES, gatewayId: '-' }), 'en');
  expect(gone.fix).toContain('openclaw tunnel ann@box --trust-host');
  const changed = told(gatewayProblem('GATEWAY_CHANGED', VALUES), 'en');
  expect(changed.fix).toContain(`openclaw tunnel ann@box --accept-gateway ${ID}`);
});
