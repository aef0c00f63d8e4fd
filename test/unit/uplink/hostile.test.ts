import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EventKind,
  type CoreFrame,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CONNECT, timestampOf } from '../../../src/uplink-wire/index.ts';
import { expectFailure } from '../../support/failures.ts';
import { grant, keyEvent, type CoreStream } from './scripted-core.ts';
import { prepare } from './test-gateway.ts';

const event = keyEvent(EventKind.EVENT_KIND_KEY_COMPROMISED, 1);
const encode = (frame: NonNullable<CoreFrame['frame']>): Uint8Array =>
  CONNECT.down.encode({ frame });
const encodedEvent = (change: object): Uint8Array =>
  encode({ $case: 'event', value: { ...event, ...change } });

/** Frames that must end the connection, each with what the log says of it. */
const HOSTILE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['bytes that are no message', Buffer.from('ffffffff', 'hex'), /not valid/],
  ['a message that ends early', encodedEvent({}).subarray(0, 20), /not valid/],
  ['a length of 4 GiB', Buffer.from('22ffffffff0f', 'hex'), /not valid/],
  ['a text that is not UTF-8', Buffer.from('22040a02c328', 'hex'), /UTF-8/],
  ['a group', Buffer.from('0b0c', 'hex'), /wire type/],
  ['an event without an id', encodedEvent({ eventId: '' }), /event_id: required/],
  ['an event of an unknown kind', encodedEvent({ kind: 99 }), /kind: unknown value/],
  ['an event without a kind', encodedEvent({ kind: 0 }), /kind: required/],
  ['an event of lane 7', encodedEvent({ lane: 7 }), /lane/],
  ['a restriction in a later lane', encodedEvent({ lane: 2 }), /not the lane of this kind/],
  ['an event without a sequence', encodedEvent({ laneSequence: 0n }), /lane_sequence/],
  ['a sequence of 2^64 - 1', encodedEvent({ laneSequence: 2n ** 64n - 1n }), /lane_sequence/],
  ['an event without a time', encodedEvent({ effectiveAt: undefined }), /effective_at/],
  [
    'an event before all time',
    encodedEvent({ effectiveAt: { seconds: -(2n ** 63n), nanos: 0 } }),
    /not a time/,
  ],
  ['an event about no key', encodedEvent({ uid: '' }), /uid: required/],
  ['an event with a name that is a line', encodedEvent({ tenantId: 'a\nb' }), /printable/],
  ['a reason of 2 KiB', encodedEvent({ reasonMessage: 'x'.repeat(2048) }), /too large/],
  [
    'attributes of 1 MiB',
    encodedEvent({ attributes: new Uint8Array(1 << 20) }),
    /attributes: too large/,
  ],
  [
    'a grant without a key',
    encode({ $case: 'serviceKeyGrant', value: { ...grant(), sealedKey: undefined } }),
    /sealed_key: required/,
  ],
  [
    'a grant with 1 MiB of terms',
    encode({ $case: 'serviceKeyGrant', value: { ...grant(), terms: new Uint8Array(1 << 20) } }),
    /terms: too large/,
  ],
  [
    'the answer to a heartbeat to come',
    encode({
      $case: 'heartbeatAck',
      value: {
        sequence: 1_000_000n,
        serverTime: timestampOf(0),
        renewed: [],
        governanceVersion: 0n,
      },
    }),
    /heartbeat that was not sent/,
  ],
  [
    'an answer of the outbox out of order',
    encode({
      $case: 'outboxAck',
      value: {
        outcomes: [
          { sequence: 2n, result: 1, reason: '' },
          { sequence: 1n, result: 1, reason: '' },
        ],
        acknowledged: 2n,
      },
    }),
    /not in order/,
  ],
  [
    'an error of an unknown code',
    encode({
      $case: 'error',
      value: { code: 99 as 1, message: '', retry: false, retryAfterMs: 0, correlationId: '' },
    }),
    /unknown value 99/,
  ],
  [
    'a second welcome',
    encode({
      $case: 'welcome',
      value: {
        epoch: 1n,
        resumeOk: true,
        serverTime: timestampOf(0),
        resumeToken: new Uint8Array(),
      },
    }),
    /welcome twice/,
  ],
];

describe('frames of a Core that is broken or hostile', () => {
  it.each(HOSTILE)('%s: the connection ends, the log says why', async (_what, bytes, reason) => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    (await core.stream()).sendRaw(bytes);
    await gateway.cut();
    const line = await gateway.logged(reason);
    expect(line.fields['reason']).toMatch(/^the core /);
    expect(gateway.events).toEqual([]);
    await gateway.linked();
  });

  it('larger than a message may be end the connection', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    (await core.stream()).sendRaw(new Uint8Array(4 * 1024 * 1024 + 1));
    await gateway.logged('link to the core lost');
    await gateway.linked();
  });

  it('of an unknown kind are ignored', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.sendRaw(Buffer.from('7a021234', 'hex'));
    stream.sendRaw(new Uint8Array());
    stream.event(event);
    await stream.frame('eventAck');
    expect(uplink.status.reconnects).toBe(0);
  });

  it.each<readonly [string, (stream: CoreStream) => void]>([
    [
      'an event',
      (stream) => {
        stream.event(event);
      },
    ],
    [
      'a grant',
      (stream) => {
        stream.send({ $case: 'serviceKeyGrant', value: grant() });
      },
    ],
    [
      'the end of lane 0',
      (stream) => {
        stream.laneFlushed();
      },
    ],
  ])('that begin with %s instead of a welcome are not listened to', async (_what, speak) => {
    const { core, gateway, uplink } = await prepare();
    core.script.hello = speak;
    uplink.start();
    await gateway.logged('spoke before its welcome');
    expect(gateway.events).toEqual([]);
    expect(gateway.links).toEqual([]);
  });

  it('that welcome us to another epoch than the one we enrolled with are not listened to', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.hello = (stream) => {
      stream.welcome(2n);
    };
    uplink.start();
    await gateway.logged('restarted between enrolment and connection');
  });

  it('that report an error about one thing leave the link up', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.linked();
    const stream = await core.stream();
    stream.send({
      $case: 'error',
      value: {
        code: 6,
        message: 'no such key',
        retry: false,
        retryAfterMs: 0,
        correlationId: 'c-1',
      },
    });
    stream.send({ $case: 'resyncRequired', value: { reason: 'log too old' } });
    await gateway.logged('SERVICE_KEY_UNAVAILABLE');
    await gateway.logged('log too old');
    expect(uplink.status).toMatchObject({ state: 'linked', reconnects: 0 });
  });
});

describe('an enrolment that is not valid', () => {
  it.each([
    ['without a generation', { generation: 0n }],
    ['with a stale time below the heartbeat', { staleAfterMs: 50, heartbeatIntervalMs: 50 }],
    ['with a heartbeat every millisecond', { heartbeatIntervalMs: 1 }],
    ['with a lost time of a day', { lostAfterMs: 86_400_000 }],
    ['without a Core', { core: undefined }],
    ['without governance', { governance: undefined }],
    [
      'for 5,000 services',
      {
        scopes: Array.from({ length: 5000 }, () => ({
          tenantId: 'a',
          serviceId: 'b',
          serviceKeyId: 'c',
          sealing: 1 as const,
        })),
      },
    ],
  ])('%s is refused before the Gateway hears of it', async (_what, change) => {
    const { core, gateway, uplink } = await prepare();
    core.script.enroll = (_request, response) => ({ ...response, ...change });
    uplink.start();
    await gateway.logged('no link to the core');
    expect(gateway.happened).toEqual([]);
    core.script.enroll = (_request, response) => response;
    await gateway.linked();
  });

  it('is what the Gateway says it is', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.overrides.enrolled = () => Promise.reject(new Error('the signature does not fit'));
    uplink.start();
    const line = await gateway.logged('the gateway could not do its part');
    expect(line.fields['cause']).toBe('the signature does not fit');
    expect(core.streams).toHaveLength(0);
  });
});

describe('decoding a frame', () => {
  it('never fails but with a stable code, whatever the bytes', async () => {
    const frames = [encodedEvent({}), encode({ $case: 'serviceKeyGrant', value: grant() })];
    const mutated = fc
      .tuple(
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      )
      .map(([frame, changes]) => {
        const bytes = Uint8Array.from(frame);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        try {
          CONNECT.down.decode(bytes);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(MESSAGE_|FIELD_|INPUT_)/) as string,
          });
          await Promise.resolve();
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses more bytes than a message may have', async () => {
    await expectFailure(
      () => CONNECT.down.decode(new Uint8Array(4 * 1024 * 1024 + 1)),
      'MESSAGE_TOO_LARGE',
    );
  });
});
