import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { SERVICE_KEY } from '../../../support/gateway/test-core.ts';
import { openKeySide } from '../../../support/gateway/key-side.ts';
import { sealingKeyFile } from '../../../support/gateway/sealing-key-file.ts';
import { openNative, openPure } from '../../../support/providers.ts';

it.each([
  ['native', openNative],
  ['pure', openPure],
] as const)(
  'no key byte is in logs, errors or the vault, whatever happens (%s)',
  async (_, open) => {
    const side = await openKeySide(await open(), { settings: { sealingKey: sealingKeyFile() } });
    await side.join();
    const plaintexts: Buffer[] = [];
    const uids: string[] = [];
    const thrown: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const key = await side.create();
      uids.push(key.row.uid);
      plaintexts.push(Buffer.from(await side.read(key)));
    }
    const [first = '', second = '', third = ''] = uids;
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_SUSPENDED', { uid: first }));
    await side.handlers.event(side.core.event('EVENT_KIND_KEY_DESTROYED', { uid: second }));
    const [row] = await side.vault.scan({ limit: 1 });
    const damaged = await side.find(third);
    const broken = { ...damaged.row, wrapped: row?.wrapped ?? damaged.row.wrapped };
    for (const action of [
      () => side.read({ ...damaged, state: 2, attributes: damaged.attributes, row: broken }),
      () => side.handlers.grant({ ...side.core.grant(), coreSignature: new Uint8Array() }),
      () => side.handlers.governance({ governance: new Uint8Array(), signature: new Uint8Array() }),
    ]) {
      thrown.push(inspect(await action().catch((error: unknown) => error), { depth: 10 }));
    }
    const scope = { serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 };
    await side.handlers.event(side.core.event('EVENT_KIND_SERVICE_KEY_COMPROMISED', scope));
    thrown.push(String(await side.create().catch((error: unknown) => error)));
    await side.parts.audit.flush();

    const states = await side.vault.readStates('');
    const stored = [
      ...(await side.vault.scan({ limit: 100 })).flatMap(({ wrapped, mac, attributes }) => [
        wrapped,
        mac,
        attributes,
      ]),
      ...(await side.vault.outbox(100)).map(({ body }) => body),
      ...states.values(),
      Buffer.from(JSON.stringify(await side.vault.audit({ after: 0, limit: 100 }))),
      Buffer.from(
        [...side.log.lines, ...thrown, inspect(await side.parts.status(), { depth: 10 })].join(
          '\n',
        ),
      ),
    ].map((bytes) => Buffer.from(bytes));
    expect(stored.length).toBeGreaterThan(20);
    for (const plaintext of plaintexts) {
      for (const form of [plaintext, ...texts(plaintext)]) {
        expect(stored.some((bytes) => bytes.includes(form))).toBe(false);
      }
    }
  },
);

/** How bytes look when something prints them. */
function texts(bytes: Buffer): readonly Buffer[] {
  const part = bytes.subarray(0, 12);
  return [
    Buffer.from(part.toString('hex')),
    Buffer.from(part.toString('hex').toUpperCase()),
    Buffer.from(part.toString('base64').slice(0, 15)),
    Buffer.from([...part].join(',')),
    Buffer.from([...part].join(', ')),
    Buffer.from([...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')),
  ];
}
