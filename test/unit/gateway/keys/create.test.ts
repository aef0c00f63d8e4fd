import { beforeEach, describe, expect, it } from 'vitest';
import {
  Escrow,
  OutboxKind,
  type OutboxEntry,
} from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { BrokerError } from '../../../../src/errors/index.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { decodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { KmipFailure, type Failure } from '../../../../src/kmip/failure.ts';
import type { LocalKey } from '../../../../src/gateway/keys/local-keys.ts';
import { outboxEntryCodec } from '../../../../src/uplink-wire/index.ts';
import type { LocatePage, LocateQuery } from '../../../../src/vault/index.ts';
import {
  CALL,
  CLIENT,
  clientOf,
  openKeySide,
  type KeySide,
} from '../../../support/gateway/key-side.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { POLICY, SERVICE, TENANT } from '../../../support/gateway/test-core.ts';
import { sealingKeyFile } from '../../../support/gateway/sealing-key-file.ts';
import { openPure } from '../../../support/providers.ts';

/** A vault that gives a single key for each page. */
class TinyPages extends EditableVault {
  override async locate(query: LocateQuery): Promise<LocatePage> {
    return await super.locate({ ...query, limit: 1 });
  }
}

let side: KeySide;
let vault: EditableVault;

beforeEach(async () => {
  vault = new EditableVault();
  side = await openKeySide(await openPure(), { vault });
  await side.join();
});

async function kmipFailure(work: Promise<unknown>): Promise<KmipFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KmipFailure)) throw new Error('no KmipFailure');
  return error;
}

async function expectKmipFailure(
  work: Promise<unknown>,
  failure: Failure,
  message: string,
): Promise<void> {
  expect(await kmipFailure(work)).toMatchObject({ failure, message });
}

async function outboxEntries(): Promise<readonly OutboxEntry[]> {
  return (await side.handlers.outbox(100)).map(({ entry }) => outboxEntryCodec.decode(entry));
}

describe('a new key', () => {
  it.each([128, 192, 256])(
    'of %i bits is stored wrapped and read back the same each time',
    async (bits) => {
      const key = await side.keys.create(
        { length: bits, attributes: AttributeSet.empty },
        CLIENT,
        CALL,
      );
      expect(key.row.wrapped).toHaveLength(bits / 8 + 8);
      const first = await side.read(await side.find(key.row.uid));
      expect(first).toHaveLength(bits / 8);
      expect(await side.read(await side.find(key.row.uid))).toEqual(first);
      expect(key.row.wrapped).not.toEqual(first);
    },
  );

  it('is not the same as the next one, nor is its identifier', async () => {
    const [left, right] = [await side.create(), await side.create()];
    expect(left.row.uid).not.toBe(right.row.uid);
    expect(await side.read(left)).not.toEqual(await side.read(right));
    expect(left.row.uid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('has the attributes that a server must set, and the client’s', async () => {
    const { name, value } = nameAttribute('db-key');
    const key = await side.create(
      AttributeSet.of([
        { name, value },
        { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: 12 } },
        { name: 'x-team', value: { type: 'textString', value: 'storage' } },
      ]),
    );
    const found = await side.find(key.row.uid);
    const { attributes } = found;
    expect(attributes.text('Unique Identifier')).toBe(key.row.uid);
    expect(attributes.enumeration('Object Type')).toBe(2);
    expect(attributes.enumeration('Cryptographic Algorithm')).toBe(3);
    expect(attributes.integer('Cryptographic Length')).toBe(256);
    expect(attributes.integer('Cryptographic Usage Mask')).toBe(12);
    expect(attributes.enumeration('State')).toBe(1);
    expect(attributes.text('x-team')).toBe('storage');
    expect(attributes.text('Operation Policy Name')).toBe('default');
    const now = BigInt(Math.floor(side.clock.now() / 1000));
    for (const date of ['Initial Date', 'Last Change Date', 'Original Creation Date'] as const) {
      expect(attributes.date(date)).toBe(now);
    }
    for (const [flag, value] of [
      ['Sensitive', false],
      ['Always Sensitive', false],
      ['Extractable', true],
      ['Never Extractable', false],
      ['Key Value Present', true],
    ] as const) {
      expect(attributes.boolean(flag)).toBe(value);
    }
    const digest = attributes.get('Digest');
    expect(digest?.type === 'structure' && digest.fields[1]?.value).toEqual({
      type: 'byteString',
      value: Uint8Array.from(key.row.digest),
    });
    expect([...attributes].every((attribute) => attributes.has(attribute.name))).toBe(true);
  });

  it('is Active from birth when its Activation Date has come, and becomes so when it comes', async () => {
    const seconds = BigInt(Math.floor(side.clock.now() / 1000));
    const create = (
      activationDate: bigint,
    ): Promise<{ readonly state: number; readonly row: { readonly uid: string } }> =>
      side.keys.create(
        { length: 256, attributes: AttributeSet.empty, activationDate },
        CLIENT,
        CALL,
      );
    expect((await create(seconds)).state).toBe(2);
    const later = await create(seconds + 60n);
    expect(later.state).toBe(1);
    side.clock.pass(61_000);
    const found = await side.find(later.row.uid);
    expect(found.state).toBe(2);
    expect(found.attributes.enumeration('State')).toBe(2);
  });

  it('is Active from birth by policy, unless the client asks for a later date', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, activateOnCreate: true }]));
    const key = await side.create();
    expect(key.state).toBe(2);
    expect(key.attributes.date('Activation Date')).toBe(
      BigInt(Math.floor(side.clock.now() / 1000)),
    );
    const dated = AttributeSet.of([
      { name: 'Activation Date', value: { type: 'dateTime', value: 4_000_000_000n } },
    ]);
    expect((await side.create(dated)).state).toBe(1);
  });

  it('is told to the Core with all it needs, and the link is woken', async () => {
    const key = await side.create();
    const [entry] = await outboxEntries();
    expect(entry).toMatchObject({
      kind: OutboxKind.OUTBOX_KIND_CREATED,
      uid: key.row.uid,
      tenantId: TENANT,
      serviceId: SERVICE,
      serviceKeyId: key.row.serviceKeyId,
      serviceKeyVersion: 1,
      state: 1,
      offline: false,
      creator: CLIENT.spiffeId,
    });
    expect(entry?.wrapped).toEqual(Uint8Array.from(key.row.wrapped));
    expect(
      decodeCanonical(entry?.attributes ?? new Uint8Array()).integer('Cryptographic Length'),
    ).toBe(256);
    expect(side.calls.woken).toBe(1);
    expect(await side.pendingSequence(key.row.uid)).toBe(1);
  });

  it('keeps its wrapped form to itself when the policy says so', async () => {
    const policy = { ...POLICY, l4Escrow: Escrow.ESCROW_NONE };
    await side.handlers.governance(side.core.governance([policy]));
    await side.create();
    const [entry] = await outboxEntries();
    expect(entry?.wrapped).toHaveLength(0);
    expect(entry?.wrappedSha256).toHaveLength(32);
  });

  it('can have an identifier of the form tenant:key:version', async () => {
    const other = await openKeySide(await openPure(), {
      settings: { uidForm: 'tenant-key-version' },
    });
    await other.join();
    const key = await other.create();
    expect(key.row.uid).toMatch(/^acme:[0-9a-f-]{36}:1$/);
    expect((await other.find(key.row.uid)).row.uid).toBe(key.row.uid);
  });

  it('is wrapped under the newest version, and older keys are still read', async () => {
    const before = await side.create();
    const bytes = await side.read(before);
    await side.handlers.grant(side.core.grant({ version: 2 }));
    const after = await side.create();
    expect([before.row.serviceKeyVersion, after.row.serviceKeyVersion]).toEqual([1, 2]);
    expect(await side.read(await side.find(before.row.uid))).toEqual(bytes);
  });
});

describe('a key that may not be made', () => {
  it('is refused without a policy, and for a tenant that is not served', async () => {
    const text = 'the service is not served here';
    const spec = { length: 256, attributes: AttributeSet.empty };
    for (const client of [clientOf(TENANT, 'other'), clientOf('other', SERVICE)]) {
      await expectKmipFailure(side.keys.create(spec, client, CALL), 'permissionDenied', text);
    }
  });

  it('is refused when the service key is away, with the reason', async () => {
    side.clock.pass(POLICY.leaseTtlSeconds * 1000);
    await expectKmipFailure(
      side.create(),
      'protectionStorageUnavailable',
      'service key lease ended',
    );
  });

  it('is refused beyond the offline limit of the policy, until the link is back', async () => {
    const policy = { ...POLICY, offlineCreateMax: 2n };
    side = await openKeySide(await openPure(), { settings: { sealingKey: sealingKeyFile() } });
    await side.join();
    await side.handlers.governance(side.core.governance([policy]));
    await side.create();
    side.link('cut');
    await side.create();
    const last = await side.create();
    const [, first] = await outboxEntries();
    expect(first?.offline).toBe(true);
    await expectKmipFailure(
      side.create(),
      'serverLimitExceeded',
      'too many keys were made without the core',
    );
    // The limit outlives a restart: another process is no other cut.
    side = await side.restart();
    await expectKmipFailure(
      side.create(),
      'serverLimitExceeded',
      'too many keys were made without the core',
    );
    expect(await side.read(await side.find(last.row.uid))).toHaveLength(32);
    side.link('linked');
    await side.create();
  });

  it('is refused while the link is cut where the policy allows none', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, offlineCreate: false }]));
    side.link('stale');
    await side.create();
    side.link('cut');
    await expectKmipFailure(
      side.create(),
      'generalFailure',
      'core unreachable: no keys are made without it',
    );
  });

  it('is refused when too many wait for the Core, until some are settled', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, outboxMax: 2n }]));
    await side.create();
    await side.create();
    await expectKmipFailure(
      side.create(),
      'serverLimitExceeded',
      'too many keys wait for the core',
    );
    await side.handlers.outboxSettled([], 1);
    await side.create();
  });

  it('leaves nothing behind when the vault does not take it, and says why', async () => {
    for (const [code, failure, text] of [
      ['VAULT_DISK_FULL', 'serverLimitExceeded', 'the vault has no space left'],
      ['VAULT_OUTBOX_FULL', 'serverLimitExceeded', 'too many keys wait for the core'],
      ['VAULT_UNAVAILABLE', 'generalFailure', 'the vault is unavailable'],
    ] as const) {
      vault.failure = new BrokerError(code, 'made to fail');
      await expectKmipFailure(side.create(), failure, text);
    }
    vault.failure = undefined;
    expect((await vault.facts()).keys).toBe(0);
    await side.create();
  });

  it('is refused when its attributes are more than the Core takes', async () => {
    const value = { type: 'textString', value: 'x'.repeat(4000) } as const;
    const many = AttributeSet.of(
      Array.from({ length: 20 }, (_, index) => ({ name: `x-${index}` as const, value })),
    );
    await expectKmipFailure(
      side.create(many),
      'invalidAttributeValue',
      'the attributes are too large',
    );
    expect(await outboxEntries()).toEqual([]);
  });

  it('does not get a name that is taken, where names must be unique, not even by two at once', async () => {
    await side.handlers.governance(side.core.governance([{ ...POLICY, uniqueNames: true }]));
    const named = AttributeSet.of([nameAttribute('db-key')]);
    const outcomes = await Promise.allSettled([side.create(named), side.create(named)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expectKmipFailure(side.create(named), 'nonUniqueName', 'an object has this name already');
    await side.create(AttributeSet.of([nameAttribute('other')]));
  });
});

describe('finding keys', () => {
  it('does not find those of another tenant or service', async () => {
    const { row } = await side.create();
    const policies = [
      POLICY,
      { ...POLICY, serviceId: 'billing' },
      { ...POLICY, tenantId: 'other' },
    ];
    await side.handlers.governance(side.core.governance(policies));
    expect(await side.keys.find(row.uid, clientOf(TENANT, 'billing'))).toBeUndefined();
    expect(await side.keys.find(row.uid, clientOf('other', SERVICE))).toBeUndefined();
    expect(await side.keys.find('', CLIENT)).toBeUndefined();
    expect(await side.keys.find('x'.repeat(5000), CLIENT)).toBeUndefined();
    const query = { terms: [], accept: () => true, offset: 0, limit: 10 };
    expect(await side.keys.locate(query, clientOf(TENANT, 'billing'))).toEqual({
      keys: [],
      total: 0,
    });
  });

  it('locates in the order of creation, by pages, with the total of all that fit', async () => {
    const uids: string[] = [];
    for (let index = 0; index < 7; index += 1) uids.push((await side.create()).row.uid);
    const query = { terms: [], accept: () => true, offset: 2, limit: 3 };
    const page = await side.keys.locate(query, CLIENT);
    expect(page.keys.map(({ row }) => row.uid)).toEqual(uids.slice(2, 5));
    expect(page.total).toBe(7);
    const none = await side.keys.locate({ ...query, offset: 7 }, CLIENT);
    expect(none).toEqual({ keys: [], total: 7 });
  });

  it('locates what was asked for without counting all the others, when those are too many to look at', async () => {
    const crowded = await openKeySide(await openPure(), { vault: new TinyPages() });
    await crowded.join();
    const uids: string[] = [];
    for (let index = 0; index < 102; index += 1) uids.push((await crowded.create()).row.uid);
    const query = { terms: [], accept: () => true, offset: 95, limit: 5 };
    const found = await crowded.keys.locate(query, CLIENT);
    expect(found.keys.map(({ row }) => row.uid)).toEqual(uids.slice(95, 100));
    expect(found.total).toBeUndefined();
    const beyond = crowded.keys.locate({ ...query, limit: 6 }, CLIENT);
    await expectKmipFailure(beyond, 'serverLimitExceeded', 'too many objects to look through');
    const last = uids.at(-1);
    const rare = { ...query, accept: ({ row }: LocalKey) => row.uid === last, offset: 0 };
    await expectKmipFailure(
      crowded.keys.locate(rare, CLIENT),
      'serverLimitExceeded',
      'too many objects to look through',
    );
  });

  it('locates by name, and by the state that dates have led to', async () => {
    const seconds = BigInt(Math.floor(side.clock.now() / 1000));
    const named = await side.create(AttributeSet.of([nameAttribute('db-key')]));
    const dated = await side.create(
      AttributeSet.of([
        { name: 'Activation Date', value: { type: 'dateTime', value: seconds + 10n } },
      ]),
    );
    const base = { accept: () => true, offset: 0, limit: 10 };
    const byName = { ...base, terms: [{ name: 'Name', value: 'db-key' }] };
    expect((await side.keys.locate(byName, CLIENT)).keys.map(({ row }) => row.uid)).toEqual([
      named.row.uid,
    ]);
    const active = { ...base, terms: [], states: [2] as const };
    expect((await side.keys.locate(active, CLIENT)).total).toBe(0);
    side.clock.pass(10_000);
    expect((await side.keys.locate(active, CLIENT)).keys.map(({ row }) => row.uid)).toEqual([
      dated.row.uid,
    ]);
  });
});
