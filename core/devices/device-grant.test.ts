import { describe, expect, it } from 'vitest';
import { approvalReason, approvedRecord, requireCallerHolds } from './device-grant.ts';
import { activeGrant } from './paired-device.ts';
import { newKey, request } from './testing/device-fixtures.ts';

const asked = request({ scopes: ['operator.read', 'custom.one'], deviceFamily: 'Linux' });
const paired = approvedRecord(undefined, asked, { via: 'owner', now: 1, generation: 'g1' });
const revoked = { ...paired, grants: paired.grants.map((grant) => ({ ...grant, revokedAtMs: 2 })) };

describe('approvalReason', () => {
  it.each([
    ['an unknown device', undefined, {}, 'not-paired'],
    ['another key under the same id', paired, { publicKey: newKey().publicKey }, 'not-paired'],
    ['the same request', paired, {}, undefined],
    ['fewer scopes', paired, { scopes: [] }, undefined],
    ['a scope that an approved one implies', paired, { scopes: ['operator.sessions.read'] }, undefined],
    ['a wider scope', paired, { scopes: ['operator.write'] }, 'scope-upgrade'],
    ['an unknown scope that was not approved', paired, { scopes: ['custom.two'] }, 'scope-upgrade'],
    ['another role', paired, { role: 'node', scopes: [] }, 'role-upgrade'],
    ['a revoked role', revoked, {}, 'role-upgrade'],
    ['another platform', paired, { platform: 'darwin' }, 'metadata-upgrade'],
    ['another platform and more scopes', paired, { platform: 'x', scopes: ['a'] }, 'metadata-upgrade'],
    ['another platform and another role', paired, { platform: 'x', role: 'node' }, 'metadata-upgrade'],
    ['another device family', paired, { deviceFamily: 'Mac' }, 'metadata-upgrade'],
    ['no device family', paired, { deviceFamily: undefined }, undefined],
    [
      'the same details written differently',
      paired,
      { platform: ' LINUX ', deviceFamily: 'linux' },
      undefined,
    ],
    ['another display name', paired, { displayName: 'renamed' }, undefined],
  ])('answers for %s', (_name, record, change, expected) => {
    expect(approvalReason(record, { ...asked, ...change })).toBe(expected);
  });
});

describe('approvedRecord', () => {
  const more = { ...asked, platform: 'darwin', deviceFamily: undefined, scopes: ['operator.approvals'] };

  it('adds scopes, pins what is stated now and replaces the token when an owner approves', () => {
    const record = approvedRecord(paired, more, { via: 'owner', now: 9, generation: 'g2' });
    expect(record).toMatchObject({
      platform: 'darwin',
      deviceFamily: 'Linux',
      createdAtMs: 1,
      approvedAtMs: 9,
      approvedVia: 'owner',
    });
    expect(record.grants).toEqual([
      {
        role: 'operator',
        approvedScopes: ['operator.read', 'custom.one', 'operator.approvals'],
        tokenScopes: ['custom.one', 'operator.approvals', 'operator.read'],
        generation: 'g2',
        createdAtMs: 1,
        rotatedAtMs: 9,
      },
    ]);
  });

  it('keeps the token when approved silently', () => {
    const record = approvedRecord(paired, more, { via: 'silent', now: 9, generation: 'g2' });
    expect(record.grants).toMatchObject([{ generation: 'g1', createdAtMs: 1 }]);
    expect(record.grants[0]).not.toHaveProperty('rotatedAtMs');
  });

  it.each([
    ['a revoked role', revoked, more],
    ['another key', paired, { ...more, publicKey: newKey().publicKey }],
  ])('starts from nothing for %s', (_name, record, wanted) => {
    const approved = approvedRecord(record, wanted, { via: 'owner', now: 9, generation: 'g2' });
    expect(activeGrant(approved, 'operator')).toEqual({
      role: 'operator',
      approvedScopes: ['operator.approvals'],
      tokenScopes: ['operator.approvals'],
      generation: 'g2',
      createdAtMs: 9,
    });
  });

  it('keeps the roles apart', () => {
    const record = approvedRecord(
      paired,
      { ...asked, role: 'node', scopes: [] },
      {
        via: 'silent',
        now: 9,
        generation: 'g2',
      },
    );
    expect(record.role).toBe('node');
    expect(approvalReason(record, { ...asked, role: 'node' })).toBe('scope-upgrade');
  });
});

describe('requireCallerHolds', () => {
  it.each([
    [['operator.admin'], ['operator.write', 'anything']],
    [['operator.write'], ['operator.read']],
    [['operator.pairing'], []],
  ])('lets a caller with %j hand on %j', (scopes, granted) => {
    expect(() => requireCallerHolds({ scopes }, granted)).not.toThrow();
  });

  it.each([
    [['operator.pairing'], ['operator.read'], 'operator.read'],
    [['operator.pairing', 'operator.write'], ['operator.read', 'operator.admin'], 'operator.admin'],
    [[], ['custom'], 'custom'],
  ])('stops a caller with %j that hands on %j', (scopes, granted, missing) => {
    expect(() => requireCallerHolds({ scopes }, granted)).toThrow(
      expect.objectContaining({
        code: 'FORBIDDEN',
        message: `missing scope: ${missing}`,
        details: { code: 'MISSING_SCOPE', missingScope: missing, requiredScopes: granted },
      }),
    );
  });
});
