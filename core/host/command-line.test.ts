import { describe, expect, it } from 'vitest';
import { showArguments, showJoinedArguments } from './command-line.ts';

describe('the command line of another process', () => {
  it.each([
    [['openclaw', 'gateway', '--token', 'hunter2', '--port', '1'], 'openclaw gateway --token *** --port 1'],
    [['openclaw', '--password=hunter2 x', '--port=1'], 'openclaw --password=*** --port=1'],
    [['x', '--gateway-token', 'hunter2', '-token', 'hunter2'], 'x --gateway-token *** -token ***'],
    [['env', 'OPENCLAW_GATEWAY_TOKEN=hunter2', 'x'], 'env OPENCLAW_GATEWAY_TOKEN=*** x'],
    [['x', '--password-file', '/etc/pw'], 'x --password-file /etc/pw'],
  ])('is shown without secrets: %j', (args, expected) => {
    expect(showArguments(args)).toBe(expected);
  });

  it.each([
    ['openclaw gateway --token hunter2 --port 1', 'openclaw gateway --token *** --port 1'],
    ['openclaw --password hunter 2 with spaces --port 1', 'openclaw --password *** --port 1'],
    ['openclaw --password="hunter 2" gateway', 'openclaw --password=*** gateway'],
    ['openclaw gateway --auth token', 'openclaw gateway --auth token'],
    ['sh A_TOKEN=hunter2', 'sh A_TOKEN=***'],
  ])('is shown without secrets also when the system joins it: %s', (line, expected) => {
    expect(showJoinedArguments(line)).toBe(expected);
  });

  it('cannot carry control characters to a terminal', () => {
    expect(showArguments(['a\u001b[31m', 'b\nc'])).toBe('a?[31m b?c');
    expect(showJoinedArguments('a\u001b[31m\u202e')).toBe('a?[31m?');
  });
});
