import { beforeEach, describe, expect, it } from 'vitest';
import { KmipFailure } from '../../../../src/kmip/failure.ts';
import { encodeCanonical, decodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import type { KeyRow, WrappedBytes } from '../../../../src/vault/index.ts';
import { openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { openNative, openPure } from '../../../support/providers.ts';

/** Somebody edits the vault behind the Gateway's back; every row is a way of doing so. */
const EDITS: readonly (readonly [string, (row: KeyRow, other: KeyRow) => Partial<KeyRow>])[] = [
  [
    'the wrapped key is exchanged with that of another row',
    (_, other) => ({ wrapped: other.wrapped }),
  ],
  [
    'wrapped key and MAC are exchanged with those of another row',
    (_, other) => ({ wrapped: other.wrapped, mac: other.mac, digest: other.digest }),
  ],
  [
    'a bit of the wrapped key is flipped',
    (row) => ({ wrapped: flipped(row.wrapped) as WrappedBytes }),
  ],
  ['the digest is changed', (row) => ({ digest: flipped(row.digest) })],
  ['the MAC is changed', (row) => ({ mac: flipped(row.mac) })],
  ['the MAC is taken away', () => ({ mac: new Uint8Array() })],
  ['the state is set to Active', () => ({ state: 2 })],
  ['the revision is set back', () => ({ revision: 1 })],
  ['the revision is set forward', () => ({ revision: 9 })],
  ['the row is put under another version of the service key', () => ({ serviceKeyVersion: 1 })],
  ['the row is made one of another object type', () => ({ objectType: 7 })],
  ['the time of creation is changed', (row) => ({ createdAt: row.createdAt - 1 })],
  [
    'the usage mask is edited',
    (row) => ({
      attributes: encodeCanonical(
        decodeCanonical(row.attributes).with('Cryptographic Usage Mask', {
          type: 'integer',
          value: 0xffff,
        }),
      ),
    }),
  ],
  ['the attributes are cut off', (row) => ({ attributes: row.attributes.slice(0, 40) })],
];

describe.each([
  ['native', openNative],
  ['pure', openPure],
] as const)('a row of the vault that was edited, on the %s provider', (_, open) => {
  let side: KeySide;
  let vault: EditableVault;

  beforeEach(async () => {
    vault = new EditableVault();
    side = await openKeySide(await open(), { vault });
    await side.join();
    await side.handlers.grant(side.core.grant({ version: 2 }));
  });

  it.each(EDITS)('is quarantined and never served when %s', async (_name, edit) => {
    const { row } = await side.create();
    const { row: other } = await side.create();
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid }));
    const suspended = (await side.find(row.uid)).row;
    expect(suspended).toMatchObject({ state: 16, revision: 2 });
    vault.edit(row.uid, edit(suspended, other));

    const found = await side.find(row.uid);
    expect(found.quarantined).toBe(true);
    await expect(side.read(found)).rejects.toThrow(KmipFailure);
    expect((await side.vault.get(row.tenant, row.uid))?.quarantine).toEqual(expect.any(String));
    expect(side.log.with('error', 'key quarantined')).toHaveLength(1);
    // It stays so, and the others are served.
    expect((await side.find(row.uid)).quarantined).toBe(true);
    expect(await side.read(await side.find(other.uid))).toHaveLength(32);
  });

  it('is caught also between the look at it and the reading of the key', async () => {
    const found = await side.create();
    const source = await side.keys.material({
      ...shown(found),
      row: { ...found.row, wrapped: flipped(found.row.wrapped) as WrappedBytes },
    });
    const target = Buffer.alloc(48, 0xee);
    expect(() => {
      source.writeTo(target, 8);
    }).toThrow(KmipFailure);
    // The room is zero, what is around it untouched.
    expect(target).toEqual(
      Buffer.concat([Buffer.alloc(8, 0xee), Buffer.alloc(32), Buffer.alloc(8, 0xee)]),
    );
    expect((await side.find(found.row.uid)).quarantined).toBe(true);
  });

  it('does not show in Locate', async () => {
    const { row } = await side.create();
    const { row: other } = await side.create();
    vault.edit(row.uid, { state: 3 });
    const query = { terms: [], accept: () => true, offset: 0, limit: 10 };
    const located = await side.keys.locate(query, side.client);
    expect(located.keys.map((key) => key.row.uid)).toEqual([other.uid]);
    expect(located.total).toBe(1);
  });
});

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[3] = (copy[3] ?? 0) ^ 0x10;
  return copy;
}

function shown({ state, attributes, quarantined }: Awaited<ReturnType<KeySide['find']>>): {
  readonly state: typeof state;
  readonly attributes: typeof attributes;
  readonly quarantined: boolean;
} {
  return { state, attributes, quarantined };
}
