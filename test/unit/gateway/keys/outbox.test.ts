import { beforeEach, describe, expect, it } from 'vitest';
import { OutboxResult } from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { outboxEntryCodec } from '../../../../src/uplink-wire/index.ts';
import { CALL, CLIENT, openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { openPure } from '../../../support/providers.ts';

let side: KeySide;

beforeEach(async () => {
  side = await openKeySide(await openPure());
  await side.join();
});

describe('the outbox', () => {
  it('gives entries in the order of creation and forgets those that were settled', async () => {
    const uids: string[] = [];
    for (let index = 0; index < 3; index += 1) uids.push((await side.create()).row.uid);
    expect((await side.handlers.outbox(2)).map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    const result = OutboxResult.OUTBOX_RESULT_ACCEPTED;
    await side.handlers.outboxSettled(
      [1n, 2n].map((sequence) => ({ sequence, result, reason: '' })),
      2,
    );
    expect((await side.handlers.outbox(10)).map(({ sequence }) => sequence)).toEqual([3n]);
    expect(await side.pendingSequence(uids[0] ?? '')).toBe(0);
    expect(await side.outboxHead()).toBe(3);
    await side.handlers.outboxSettled([{ sequence: 3n, result, reason: '' }], 3);
    expect(await side.outboxHead()).toBe(0);
  });

  it('names the creator also of a client that has neither a SPIFFE id nor a subject', async () => {
    // A certificate that is known by its DNS name may have an empty subject; an entry without a creator would be refused.
    const nameless = {
      ...CLIENT,
      spiffeId: undefined,
      subject: '',
      spkiSha256: Buffer.alloc(32, 5),
    };
    await side.keys.create({ length: 256, attributes: AttributeSet.empty }, nameless, CALL);
    const [item] = await side.handlers.outbox(1);
    const entry = outboxEntryCodec.decode(item?.entry ?? new Uint8Array());
    expect(entry.creator).toBe(`spki-sha256:${'05'.repeat(32)}`);
  });

  it('takes keys out of service that the Core refused, and says so', async () => {
    const [good, conflict, rejected] = [
      await side.create(),
      await side.create(),
      await side.create(),
    ];
    await side.handlers.outboxSettled(
      [
        { sequence: 1n, result: OutboxResult.OUTBOX_RESULT_DUPLICATE, reason: '' },
        { sequence: 2n, result: OutboxResult.OUTBOX_RESULT_CONFLICT, reason: 'uid taken' },
        { sequence: 3n, result: OutboxResult.OUTBOX_RESULT_REJECTED, reason: 'tenant revoked' },
      ],
      3,
    );
    expect((await side.find(good.row.uid)).quarantined).toBe(false);
    for (const key of [conflict, rejected]) {
      const found = await side.find(key.row.uid);
      expect(found.quarantined).toBe(true);
      await expect(side.read(found)).rejects.toThrow('the key is quarantined');
    }
    expect((await side.find(rejected.row.uid)).row.quarantine).toBe(
      'the core refused it: tenant revoked',
    );
    expect(side.log.with('error', 'key quarantined')).toHaveLength(2);
  });

  it('is reported with its depth and the age of its oldest entry', async () => {
    await side.create();
    side.clock.pass(1500);
    await side.create();
    expect(await side.handlers.heartbeat()).toMatchObject({ outboxDepth: 2, outboxOldestMs: 1500 });
  });
});
