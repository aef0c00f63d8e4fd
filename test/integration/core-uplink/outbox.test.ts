import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EventKind } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN } from '../../support/core/admin-client.ts';
import { encodeEntry, makeEntry } from '../../support/core/hand-gateway.ts';
import {
  declareGateway,
  linkGateway,
  makeScene,
  takeGrant,
  TENANT,
  startDeclaredCore,
} from '../../support/core/scenario.ts';
import { startTestCore } from '../../support/core/test-core.ts';
import { scoped, versionOf } from '../../support/core/uplink-messages.ts';

describe('the outbox', () => {
  it('is settled once per entry, and answered alike when it comes again', async () => {
    const test = await startDeclaredCore();
    const { stream, key, terms } = await linkGateway(test);
    const facts = { ...scoped, ...versionOf(terms) };
    const entry = makeEntry(test.provider, key, facts);
    const bytes = encodeEntry(entry);
    const accepted = await stream.outbox(1n, [bytes]);
    expect(accepted).toEqual({
      outcomes: [{ sequence: 1n, result: 1, reason: '' }],
      acknowledged: 1n,
    });
    expect((await stream.outbox(1n, [bytes])).outcomes[0]?.result).toBe(2);
    const other = makeEntry(test.provider, key, { ...facts, uid: entry.uid });
    const sameId = makeEntry(test.provider, key, { ...facts, entryId: entry.entryId });
    const conflicts = await stream.outbox(2n, [encodeEntry(other), encodeEntry(sameId)]);
    expect(conflicts.outcomes.map(({ result }) => result)).toEqual([3, 3]);
    const details = await test.admin.call(CORE_ADMIN.getKey, {
      tenantId: TENANT,
      uid: entry.uid,
    });
    expect(details).toMatchObject({ uid: entry.uid, state: 2, escrowed: true });
  });

  it('refuses entries that are wrong, each for itself', async () => {
    const test = await startTestCore();
    await makeScene(test);
    await makeScene(test, 'globex');
    await declareGateway(test);
    const { stream, key, terms } = await linkGateway(test);
    const make = (changes: Partial<Parameters<typeof makeEntry>[2]>): Uint8Array =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms), ...changes }));
    const wrapped = Buffer.alloc(40, 9);
    const wrong: Readonly<Record<string, Uint8Array>> = {
      'outside the scopes of the gateway': make({ tenantId: 'globex' }),
      'the service has no such service key': make({ serviceKeyVersion: 9 }),
      'a new key is pre-active or active': make({ state: 5 }),
      'entry_id is wrong': make({ entryId: Buffer.alloc(15) }),
      'uid is wrong': make({ uid: 'ä' }),
      'kind is wrong': make({ kind: 2 }),
      'object_type is wrong': make({ objectType: 7 }),
      'digest is wrong': make({ digest: Buffer.alloc(3) }),
      'attributes cannot be read': make({ attributes: Buffer.from('junk') }),
      'the wrapped key is not the one of its digest': make({ wrappedSha256: Buffer.alloc(32) }),
      'the key is not the one of its digest': make({ digest: Buffer.alloc(32) }),
      'the wrapped key does not unwrap under its service key': make({
        wrapped,
        wrappedSha256: createHash('sha256').update(wrapped).digest(),
      }),
      'the entry cannot be read': Buffer.from('ffffff', 'hex'),
    };
    const ack = await stream.outbox(1n, [...Object.values(wrong), make({})]);
    expect(ack.outcomes.map(({ result }) => result)).toEqual([
      ...Object.keys(wrong).map(() => 4),
      1,
    ]);
    expect(ack.outcomes.map(({ reason }) => reason)).toEqual([...Object.keys(wrong), '']);
    expect(ack.acknowledged).toBe(BigInt(Object.keys(wrong).length + 1));
  });

  it('takes keys of a rotated and of a suspended version, none of a compromised one or a revoked tenant', async () => {
    const test = await startDeclaredCore();
    const { stream, key, terms } = await linkGateway(test);
    const bytes = (): Uint8Array =>
      encodeEntry(makeEntry(test.provider, key, { ...scoped, ...versionOf(terms), offline: true }));
    const settle = async (sequence: bigint): Promise<number | undefined> =>
      (await stream.outbox(sequence, [bytes()])).outcomes[0]?.result;
    await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    expect(await settle(1n)).toBe(1);
    const set = async (state: 3 | 4): Promise<void> => {
      await test.admin.call(CORE_ADMIN.setServiceKeyState, {
        ...scoped,
        ...{ version: 1, state, dryRun: false },
      });
    };
    await set(3);
    expect(await settle(2n)).toBe(1);
    await set(4);
    expect(await settle(3n)).toBe(4);
    await test.admin.call(CORE_ADMIN.setTenantState, {
      ...{ tenantId: TENANT, state: 'REVOKED', dryRun: false },
    });
    expect(await settle(4n)).toBe(4);
  });
});

describe('rotation', () => {
  it('grants the new version first, then the old one for unwrapping alone', async () => {
    const test = await startDeclaredCore();
    const { gateway, stream } = await linkGateway(test);
    const rotated = await test.admin.call(CORE_ADMIN.rotateServiceKey, scoped);
    expect(rotated.versions.map(({ version, state }) => [version, state])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect((await stream.next('event')).kind).toBe(EventKind.EVENT_KIND_SERVICE_KEY_ROTATED);
    const grants = [await takeGrant(gateway, stream), await takeGrant(gateway, stream)];
    expect(grants.map(({ terms }) => [terms.version, terms.state])).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(grants[0]?.key.checkValue).not.toEqual(grants[1]?.key.checkValue);
  });
});
