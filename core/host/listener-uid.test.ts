import { expect, test } from 'vitest';
import { strangerIn } from './listener-uid.ts';

const PORT = 18_789;
const ME = 1000;
const ADDRESSES = {
  '127.0.0.1': '0100007F',
  '127.0.0.2': '0200007F',
  '0.0.0.0': '00000000',
  '::': '0'.repeat(32),
  '::1': `${'0'.repeat(24)}01000000`,
};
type Address = keyof typeof ADDRESSES;

type Row = [Address, number, state?: string];

const table = (rows: Row[]): string[] => [
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  ...rows.map(
    ([address, uid, state = '0A'], index) =>
      `  ${index}: ${ADDRESSES[address]}:4965 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 5512 1`,
  ),
  '',
];
const stranger = (v4: Row[], v6: Row[] = []): number | undefined =>
  strangerIn([table(v4), table(v6)], PORT, ME);

test('another user who waits for secrets is found at every address that answers', () => {
  expect(stranger([['127.0.0.1', 1001]])).toBe(1001);
  expect(stranger([['0.0.0.0', 1001]])).toBe(1001);
  expect(stranger([], [['::', 1001]])).toBe(1001);
});

test('this user and root are no strangers, and neither is nobody at all', () => {
  expect(stranger([['127.0.0.1', ME]])).toBeUndefined();
  expect(stranger([['0.0.0.0', 0]])).toBeUndefined();
  expect(stranger([])).toBeUndefined();
});

test('only who is reached at 127.0.0.1 counts', () => {
  expect(stranger([['127.0.0.2', 1001]], [['::1', 1001]])).toBeUndefined();
  expect(stranger([['127.0.0.1', ME]], [['::', 1001]])).toBeUndefined();
  expect(stranger([['0.0.0.0', 1001]], [['::', ME]])).toBe(1001);
  expect(
    stranger([
      ['127.0.0.2', ME],
      ['127.0.0.1', 1001],
    ]),
  ).toBe(1001);
  expect(stranger([['127.0.0.1', 1001, '01']])).toBeUndefined();
});

test('nothing is read behind the listeners, which is what takes long', () => {
  const rows = function* (): Generator<string> {
    yield* table([['127.0.0.2', ME]]).slice(0, -1);
    yield* table([['127.0.0.1', ME, '06']]).slice(1, -1);
    throw new Error('read on');
  };
  expect(strangerIn([rows(), []], PORT, ME)).toBeUndefined();
});
