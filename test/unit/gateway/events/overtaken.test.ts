import { beforeEach, describe, expect, it } from 'vitest';
import type { Directive, Event } from '../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { encodeCanonical } from '../../../../src/kmip/attributes/canonical.ts';
import { timestampOf } from '../../../../src/uplink-wire/index.ts';
import { deferred } from '../../../support/deferred.ts';
import { CLIENT, openKeySide, type KeySide } from '../../../support/gateway/key-side.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { POLICY, SERVICE_KEY } from '../../../support/gateway/test-core.ts';
import { openPure } from '../../../support/providers.ts';

let side: KeySide;
let vault: EditableVault;

beforeEach(async () => {
  vault = new EditableVault();
  side = await openKeySide(await openPure(), { vault });
  await side.join([{ ...POLICY, activateOnCreate: true }]);
});

type Kind = Parameters<KeySide['core']['event']>[0];

async function tell(kind: Kind, changes: Partial<Event> = {}): Promise<Event> {
  const event = side.core.event(kind, changes);
  await side.handlers.event(event);
  side.clock.pass(1000);
  return event;
}

/** A copy of a key of the Core, active, as an answer to a Get carries it. */
function put(uid: string): Directive {
  const key = side.core.serviceKey(SERVICE_KEY);
  const { wrapped } = side.provider.dataKeys.wrap(key, Buffer.alloc(32, 7), Buffer.from('core'));
  return {
    directive: {
      $case: 'put',
      value: {
        ...{ uid, objectType: 2, state: 2, serviceKeyId: SERVICE_KEY, serviceKeyVersion: 1 },
        ...{ wrapped, createdAt: timestampOf(side.clock.now()) },
        attributes: encodeCanonical(
          AttributeSet.of([{ name: 'State', value: { type: 'enumeration', value: 2 } }]),
        ),
      },
    },
  };
}

const RESTRICTED = [
  ['EVENT_KIND_KEY_SUSPENDED', 16],
  ['EVENT_KIND_KEY_DEACTIVATED', 3],
  ['EVENT_KIND_KEY_COMPROMISED', 4],
  ['EVENT_KIND_KEY_DESTROYED', 5],
] as const;

describe('a copy of a key that is on its way while the Core restricts the key', () => {
  it.each(RESTRICTED)(
    'is restricted when %s comes while it is being written',
    async (kind, state) => {
      const writing = deferred();
      const written = deferred();
      vault.onCommit = async ({ insert = [] }) => {
        if (insert[0]?.row.uid !== 'k1' || insert[0].row.state !== 2) return;
        writing.resolve();
        await written.promise;
      };
      const copied = side.applyDirectives([put('k1')], CLIENT);
      await writing.promise;
      const restricted = tell(kind, { uid: 'k1' });
      // Everything that the event can do without the copy's transaction is done.
      await new Promise((resolve) => setImmediate(resolve));
      written.resolve();
      await Promise.all([copied, restricted]);
      expect((await side.find('k1')).state).toBe(state);
    },
  );

  it.each(RESTRICTED)('is restricted when %s is being written as it comes', async (kind, state) => {
    const writing = deferred();
    const written = deferred();
    vault.onCommit = async ({ audit = [] }) => {
      if (audit[0]?.operation.startsWith('event') !== true) return;
      writing.resolve();
      await written.promise;
    };
    const restricted = tell(kind, { uid: 'k1' });
    await writing.promise;
    const copied = side.applyDirectives([put('k1')], CLIENT);
    await new Promise((resolve) => setImmediate(resolve));
    written.resolve();
    await Promise.all([copied, restricted]);
    expect((await side.find('k1')).state).toBe(state);
  });

  it('is deactivated also when news of its attributes came in between', async () => {
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: 'k1' });
    await tell('EVENT_KIND_KEY_ATTRIBUTES', { uid: 'k1' });
    await side.applyDirectives([put('k1')], CLIENT);
    expect((await side.find('k1')).state).toBe(3);
  });
});

describe('a deactivation that is sent again', () => {
  it('does not end the suspension that followed it', async () => {
    const { row } = await side.create();
    const deactivated = await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    const older = side.core.event('EVENT_KIND_KEY_RESUMED', {
      uid: row.uid,
      effectiveAt: deactivated.effectiveAt,
    });
    await side.handlers.event(deactivated);
    expect((await side.find(row.uid)).state).toBe(16);
    await side.handlers.event(older);
    expect((await side.find(row.uid)).state).toBe(16);
    await tell('EVENT_KIND_KEY_RESUMED', { uid: row.uid });
    expect((await side.find(row.uid)).state).toBe(3);
  });

  it('ends a suspension that came before it', async () => {
    const { row } = await side.create();
    await tell('EVENT_KIND_KEY_SUSPENDED', { uid: row.uid });
    await tell('EVENT_KIND_KEY_DEACTIVATED', { uid: row.uid });
    expect((await side.find(row.uid)).state).toBe(3);
  });
});
