import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inLanguage, SPOKEN_IN_ENGLISH } from './in-language.ts';

const chinese = inLanguage('zh-CN');

test('English stays English', () => {
  expect(inLanguage('en')('Try: openclaw --help')).toBe('Try: openclaw --help');
});

test.each([
  ['Missing required argument "method".', '缺少必需的参数 "method"。'],
  [
    'Invalid --url. The gateway address is not a URL. Give an address like ws://127.0.0.1:18789 or wss://gateway.example.',
    '--url 无效。网关地址不是 URL。请使用类似 ws://127.0.0.1:18789 或 wss://gateway.example 的地址。',
  ],
  ['Invalid --bind. Use "auto", "lan", or "custom".', '--bind 无效。可用："auto", "lan" 或 "custom"。'],
  [
    'Invalid --port. Use a port number from 1 to 65535, for example 18789.',
    expect.stringMatching(/^--port 无效。请使用 1 到/),
  ],
  [
    '  - gateway.port: Invalid input: expected number, received string',
    '  - gateway.port：值无效：应为 number，实际是 string',
  ],
  ['The file cannot be read (EACCES).', '文件无法读取（EACCES）。'],
])('%s is said in Chinese', (english, expected) => {
  expect(chinese(english)).toEqual(expected);
});

test('each line is told by itself, and what nobody knows stays as it is', () => {
  expect(chinese('OpenClaw config is invalid\nFile: /a b\nFailed to connect to bus: No medium found')).toBe(
    'OpenClaw 配置无效\n文件：/a b\nFailed to connect to bus: No medium found',
  );
});

test('a value that looks like a place stays what it is', () => {
  expect(chinese('Missing required argument "{name} $& $1".')).toBe('缺少必需的参数 "{name} $& $1"。');
});

/** All that is written in core and cli, but the catalogues. */
function sources(): string {
  const root = join(import.meta.dirname, '../..');
  const files = ['core', 'cli'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          name.endsWith('.ts') &&
          !name.endsWith('.test.ts') &&
          !/(usage|reason|listing|answer)-messages\.ts$/.test(name),
      )
      .map((name) => join(root, dir, name)),
  );
  return files
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
    .replaceAll('\\', '')
    .replace(/['`] \+\n\s*['`]/g, '');
}

/** What stands between values; punctuation there may be of another place. */
const partsOf = (text: string): string[] =>
  text.split(/\{\w+\}/).map((part) => part.replace(/^[\s.,:;()"]+|[\s.,:;()"]+$/g, ''));

test('every English text that is translated is still said somewhere', () => {
  const said = sources();
  const lost = SPOKEN_IN_ENGLISH.flatMap(({ texts }) => Object.values(texts.en)).filter((text) =>
    partsOf(text).some((part) => part.length > 3 && !said.includes(part)),
  );
  expect(lost).toEqual([]);
});
