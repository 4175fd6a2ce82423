import { describe, expect, test } from 'vitest';
import { approvalLines, approvalOf, commandLines, decisionOf, questionOf } from './approval-text.ts';

const told = (request: object) => ({ id: 'a1', request, createdAtMs: 1000, expiresAtMs: 121_000 });

describe('an approval', () => {
  test('is shown with everything that decides what runs', () => {
    const approval = approvalOf(
      told({
        command: 'rm -rf build',
        cwd: '/home/x',
        env: { A: '1' },
        agentId: 'main',
        sessionKey: 'agent:main:main',
        warningText: 'It is a link.',
        host: 'gateway',
      }),
    );
    expect(approval && approvalLines(approval, 3000, 80)).toEqual([
      '    | rm -rf build',
      '    Directory  /home/x',
      '    With       A=1',
      '    Agent      main',
      '    Session    agent:main:main',
      '    Warning    It is a link.',
      '    Asked      2 s ago, counts as denied in 118 s',
    ]);
  });

  test('of a gateway that tells arguments only shows them so that each can be told apart', () => {
    expect(approvalOf(told({ commandArgv: ['rm', 'a b'] }))?.command).toBe('["rm","a b"]');
  });

  test.each([undefined, {}, told({}), { id: 'x', request: { command: 5 } }])('%j is none', (value) => {
    expect(approvalOf(value)).toBeUndefined();
  });

  test.each([
    [{ allowedDecisions: ['allow-once', 'deny'] }, false],
    [{ allowedDecisions: ['allow-once', 'allow-always', 'deny'] }, true],
    [{ unavailableDecisions: ['allow-always'] }, false],
    [{}, true],
  ])('with %j may be allowed for good: %s', (request, mayAlways) => {
    expect(approvalOf(told({ command: 'x', ...request }))?.mayAlways).toBe(mayAlways);
  });
});

test('a blank that is not the ordinary one is told apart from it', () => {
  expect(commandLines('ls\u00a0-la\u3000\u2800')).toEqual(['    | ls\\u{a0}-la\\u{3000}\\u{2800}']);
});

test('no line of a command can pass for a line of ours, and nothing in it is invisible', () => {
  const command = 'ls\n    Session  agent:trusted\rrm\u200b -rf \u001b[8m/\u202e\u{e0041}';
  expect(commandLines(command)).toEqual([
    '    | ls',
    '    |     Session  agent:trusted\\u{d}rm\\u{200b} -rf \\u{1b}[8m/\\u{202e}\\u{e0041}',
  ]);
});

test.each([
  ['y', true, 'allow-once'],
  [' YES ', true, 'allow-once'],
  ['always', true, 'allow-always'],
  ['a', true, 'allow-always'],
  ['always', false, 'deny'],
  ['', true, 'deny'],
  ['n', true, 'deny'],
  ['yes please', true, 'deny'],
  ['constructor', true, 'deny'],
])('the answer %j (always offered: %s) means %s', (answer, mayAlways, decision) => {
  expect(decisionOf(answer, { mayAlways })).toBe(decision);
});

test('the question offers what there is', () => {
  expect(questionOf({ mayAlways: true })).toContain('always');
  expect(questionOf({ mayAlways: false })).not.toContain('always');
});
