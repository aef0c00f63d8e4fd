import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completePolicy, DEFAULT_POLICY } from '../../../src/core/governance/policy.ts';
import { checkTrust } from '../../../src/core/governance/trust.ts';
import { checkName } from '../../../src/core/names.ts';
import type {
  ClientTrust,
  ServicePolicy,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { makeCoreParts } from '../../support/core/core-parts.ts';
import { TENANT } from '../../support/core/scenario.ts';
import { expectFailure } from '../../support/failures.ts';
import { issueLeaf, makeUplinkCa } from '../../support/uplink-pki.ts';

describe('a policy', () => {
  const given: ServicePolicy = { ...DEFAULT_POLICY, tenantId: '', serviceId: '' };

  it('is the default when none is given, and completed where zero means nothing', () => {
    expect(completePolicy(undefined, 't', 's')).toEqual({
      ...DEFAULT_POLICY,
      ...{ tenantId: 't', serviceId: 's' },
    });
    const sparse = completePolicy(
      {
        ...given,
        leaseTtlSeconds: 0,
        tunnelTimeoutMs: 0,
        outboxMax: 0n,
        grantCache: 0,
        l4Escrow: 0,
      },
      ...(['t', 's'] as const),
    );
    expect(sparse).toEqual({ ...DEFAULT_POLICY, tenantId: 't', serviceId: 's' });
  });

  it('keeps a zero that means something: no service without the Core', () => {
    expect(completePolicy({ ...given, maxOfflineSeconds: 0 }, 't', 's').maxOfflineSeconds).toBe(0);
    const off = completePolicy({ ...given, offlineCreate: false, auditRequired: false }, 't', 's');
    expect([off.offlineCreate, off.auditRequired]).toEqual([false, false]);
  });

  it('is refused with numbers out of bounds, unknown values, and what is not built', async () => {
    const wrong: readonly Partial<ServicePolicy>[] = [
      { leaseTtlSeconds: 86_401 },
      { maxOfflineSeconds: 90 * 86_400 + 1 },
      { tunnelTimeoutMs: 99 },
      { tunnelTimeoutMs: 60_001 },
      { clockToleranceSeconds: 3601 },
      { outboxMax: 1n << 40n },
      { offlineCreateMax: 1n << 63n },
      { grantCache: 9 as 1 },
      { l4Escrow: -1 },
      { getMiss: 3 as 1 },
      { rewrapOnAccess: true },
    ];
    for (const change of wrong) {
      await expectFailure(() => completePolicy({ ...given, ...change }, 't', 's'), 'INPUT_INVALID');
    }
  });
});

describe('a tenant’s trust', () => {
  const rule = {
    match: { $case: 'spiffePrefix', value: 'spiffe://test/t/' },
    serviceId: 's',
    operations: ['Create', 'Get Attributes'],
  } as const;

  it('takes a bundle of CAs and rules that name something', async () => {
    const ca = await makeUplinkCa();
    const trust: ClientTrust = {
      tenantId: '',
      caBundle: Buffer.from(ca.certificatePem.repeat(2)),
      rules: [{ ...rule, operations: [...rule.operations] }],
    };
    expect(checkTrust(trust, 't')).toEqual({ ...trust, tenantId: 't' });
    expect(checkTrust(undefined, 't')).toMatchObject({ tenantId: 't', rules: [] });
  });

  it('refuses what a gateway could not use', async () => {
    const ca = await makeUplinkCa();
    const leaf = await issueLeaf(ca, { usage: 'client' });
    const base = { tenantId: 't', caBundle: Buffer.from(ca.certificatePem), rules: [] };
    const withRule = (change: object): ClientTrust => ({
      ...base,
      rules: [{ ...rule, operations: [], ...change }],
    });
    const wrong: readonly ClientTrust[] = [
      { ...base, tenantId: 'other' },
      { ...base, caBundle: Buffer.from('no certificate') },
      { ...base, caBundle: Buffer.from([0xff, 0, 0xfe]) },
      { ...base, caBundle: readFileSync('/bin/true').subarray(0, 20_000) },
      { ...base, caBundle: Buffer.from(leaf.certificatePem) },
      withRule({ match: undefined }),
      withRule({ match: { $case: 'subject', value: '' } }),
      withRule({ match: { $case: 'spiffePrefix', value: 'spiffe://' } }),
      withRule({ match: { $case: 'spiffePrefix', value: 'http://x/' } }),
      withRule({ serviceId: 'a b' }),
      withRule({ operations: ['Get\n'] }),
      withRule({ operations: Array.from({ length: 65 }, () => 'Get') }),
    ];
    for (const trust of wrong) await expectFailure(() => checkTrust(trust, 't'), 'INPUT_INVALID');
    const long = { ...base, caBundle: Buffer.alloc(1 << 20) };
    await expectFailure(() => checkTrust(long, 't'), 'FIELD_TOO_LARGE');
    const many = {
      ...base,
      rules: Array.from({ length: 129 }, () => ({ ...rule, operations: [] })),
    };
    await expectFailure(() => checkTrust(many, 't'), 'FIELD_TOO_MANY');
  });
});

describe('a name', () => {
  it('has letters, digits, dots, dashes and underscores, and nothing that would split an identifier', async () => {
    for (const name of ['a', 'A-1', 'a.b_c', 'x'.repeat(63)]) checkName('name', name);
    for (const name of ['a:b', 'a/b', '.a', 'a-', 'ä', 'x'.repeat(64), ' a', 'a\n']) {
      await expectFailure(() => {
        checkName('name', name);
      }, 'INPUT_INVALID');
    }
  });
});

describe("a tenant's trust", () => {
  it('is the same object until it changes, so that its certificates are read once', async () => {
    const { store, addTenant } = await makeCoreParts();
    addTenant(TENANT);
    const before = store.tenants.get(TENANT)?.trust;
    expect(before).toBeDefined();
    expect(store.tenants.get(TENANT)?.trust).toBe(before);
    const changed = { tenantId: TENANT, caBundle: Buffer.from('other'), rules: [] };
    store.transaction(() => {
      store.tenants.setTrust(TENANT, changed);
    });
    expect(store.tenants.get(TENANT)?.trust).toEqual(changed);
  });
});
