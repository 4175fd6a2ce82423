import type { Json } from '../lib/json.ts';

/**
 * Command lines of well-known programs, usable by name without configuration. They keep the permissions that the
 * user gave these programs; whoever wants them to do more on their own says so in `args`.
 */
export const CLI_PRESETS: Json = {
  'claude-cli': {
    command: 'claude',
    args: ['-p', '--output-format', 'stream-json', '--include-partial-messages', '--verbose'],
    resumeArgs: [
      '-p',
      '--output-format',
      'stream-json',
      '--include-partial-messages',
      '--verbose',
      '--resume',
      '{sessionId}',
    ],
    output: 'jsonl',
    input: 'stdin',
    modelArg: '--model',
    sessionMode: 'existing',
    sessionIdFields: ['session_id', 'sessionId'],
    systemPromptArg: '--append-system-prompt',
    systemPromptWhen: 'always',
  },
  'codex-cli': {
    command: 'codex',
    args: ['exec', '--json', '--color', 'never', '--sandbox', 'read-only', '--skip-git-repo-check', '-'],
    resumeArgs: [
      'exec',
      '--json',
      '--color',
      'never',
      '--sandbox',
      'read-only',
      '--skip-git-repo-check',
      'resume',
      '{sessionId}',
      '-',
    ],
    output: 'jsonl',
    input: 'stdin',
    modelArg: '--model',
    sessionMode: 'existing',
    sessionIdFields: ['thread_id', 'session_id'],
  },
};
