import { expect, it } from 'vitest';
import { createBundleRedaction } from './bundle-redaction.ts';

const hide = (text: string, more: { secrets?: string[]; hidesAddresses?: boolean } = {}) => {
  const { secrets = [], hidesAddresses = true } = more;
  const homes = ['/home/arthur', 'C:\\Users\\Arthur Dent'];
  const redaction = createBundleRedaction({ secrets, homes, users: ['arthur', 'root'], hidesAddresses });
  return { text: redaction.redact(text), counts: redaction.counts };
};

it('hides home directories, names and addresses, and counts them', () => {
  expect(hide('/home/arthur/.openclaw of arthur at 192.0.2.7:1234').text).toBe(
    '~/.openclaw of (name) at (address):1234',
  );
  expect(hide('"C:\\\\Users\\\\Arthur Dent\\\\x"').text).toBe('"~\\\\x"');
  expect(hide('/home/arthur /home/arthur/x 192.0.2.7').counts).toEqual({
    secrets: 0,
    homes: 2,
    users: 0,
    addresses: 1,
  });
});

it.each(['2001:db8::7', 'fe80::1', '2001:db8:0:0:0:0:0:7', '10.1.2.3'])('hides the address %s', (address) => {
  expect(hide(`from [${address}] on`).text).toBe('from [(address)] on');
  expect(hide(`from [${address}] on`, { hidesAddresses: false }).text).toContain(address);
});

it.each([
  '127.0.0.1 and ::1 and 0.0.0.0',
  '2026-11-22T10:11:12.123+01:00',
  'version 2026.11.0, 1.2.3.4.5',
  '/home/arthurs/x, rooted, root',
  'x::y core::config',
])('leaves %s as it is', (text) => {
  expect(hide(text).text).toBe(text);
});

it('hides secrets that are known, and what looks like one', () => {
  const { text, counts } = hide('key open-sesame, Authorization: Bearer abcdefghijkl', {
    secrets: ['open-sesame'],
  });
  expect(text).not.toMatch(/open-sesame|abcdefghijkl/);
  expect(counts.secrets).toBe(2);
});
