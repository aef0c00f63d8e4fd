import { describe, expect, it } from 'vitest';
import {
  EventKind,
  type ClientIdentity,
  type Directive,
  type EnrollRequest,
  type Event,
  type Governance,
  type GrantTerms,
  type Hello,
  type OutboxEntry,
  type PutKey,
  type ServicePolicy,
  type TunnelRequest,
  type TunnelResponse,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import {
  CONNECT,
  CORE_ADMIN,
  ENROLL,
  governanceCodec,
  grantTermsCodec,
  millisecondsOf,
  outboxEntryCodec,
  timestampOf,
  TUNNEL,
  type WireCodec,
} from '../../../src/uplink-wire/index.ts';
import { failureOf } from '../../support/failures.ts';

const now = timestampOf(1_750_000_000_123);
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(1);
const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';

const enrolment: EnrollRequest = {
  gatewayName: 'gw-1',
  instanceId: uuid,
  vaultId: uuid,
  vaultGeneration: 1n,
  sealingKeys: [{ keyId: bytes(32), scheme: 1, spkiDer: bytes(120), bootEphemeral: true }],
  software: { name: 'x', version: '1', openssl: '', fipsProvider: '', kmipVersions: ['1.4'] },
  capabilities: [1, 99 as 1],
  lastCore: { clusterId: 'c', epoch: 1n, resumeToken: bytes(0) },
};

const client: ClientIdentity = {
  chainDer: [bytes(10)],
  spiffeId: '',
  subject: '',
  issuer: '',
  serial: '',
  spkiSha256: bytes(32),
  tlsVersion: '',
  cipher: '',
  peerAddress: '',
  authenticatedAt: now,
};

const tunnel: TunnelRequest = {
  requestId: uuid,
  generation: 1n,
  tenantId: 't',
  serviceId: 's',
  client,
  kmipMajor: 1,
  kmipMinor: 4,
  operations: ['Destroy'],
  rawRequest: bytes(10),
  correlationId: '',
  traceparent: '',
  attempt: 1,
  minOutboxSequence: 0n,
};

const policy: ServicePolicy = {
  tenantId: 't',
  serviceId: 's',
  leaseTtlSeconds: 300,
  maxOfflineSeconds: 0,
  offlineCreate: true,
  offlineCreateMax: 0n,
  grantCache: 2,
  l4Escrow: 1,
  activateOnCreate: true,
  getMiss: 1,
  getDeactivated: true,
  auditRequired: true,
  outboxMax: 0n,
  tunnelTimeoutMs: 5000,
  clockToleranceSeconds: 30,
  rewrapOnAccess: false,
  uniqueNames: false,
};

const governance: Governance = {
  clusterId: 'c',
  gatewayId: 'g',
  version: 1n,
  issuedAt: now,
  policies: [policy],
  clientTrust: [
    {
      tenantId: 't',
      caBundle: bytes(10),
      rules: [
        {
          match: { $case: 'spiffePrefix', value: 'spiffe://x/' },
          serviceId: 's',
          operations: ['Get'],
        },
      ],
    },
  ],
};

const terms: GrantTerms = {
  clusterId: 'c',
  gatewayId: 'g',
  recipientKeyId: bytes(32),
  tenantId: 't',
  serviceId: 's',
  serviceKeyId: 'k',
  version: 1,
  state: 1,
  algorithm: 'AES-256',
  grantId: 'grant',
  issuedAt: now,
  notAfter: now,
  leaseTtlSeconds: 300,
  maxOfflineSeconds: 0,
  epoch: 1n,
  sequence: 1n,
};

const entry: OutboxEntry = {
  entryId: bytes(16),
  kind: 1,
  uid: 'u',
  tenantId: 't',
  serviceId: 's',
  serviceKeyId: 'k',
  serviceKeyVersion: 1,
  objectType: 2,
  state: 1,
  attributes: bytes(10),
  creator: '',
  creatorSpkiSha256: bytes(0),
  createdAt: now,
  monotonicMs: 0n,
  offline: false,
  wrappedSha256: bytes(32),
  wrapped: bytes(40),
  digest: bytes(32),
};

/** What a codec makes of a message with something changed. */
async function changed<Message extends object>(
  codec: WireCodec<Message>,
  message: Message,
  change: Partial<Message>,
): Promise<string> {
  const { code, message: words } = await failureOf(() =>
    codec.decode(codec.encode({ ...message, ...change })),
  );
  return `${code} ${words}`;
}

describe('messages that are as they should be', () => {
  it.each<readonly [string, WireCodec<never>, object]>([
    ['EnrollRequest', ENROLL.request as WireCodec<never>, enrolment],
    ['TunnelRequest', TUNNEL.request as WireCodec<never>, tunnel],
    ['Governance', governanceCodec as WireCodec<never>, governance],
    ['GrantTerms', grantTermsCodec as WireCodec<never>, terms],
    ['OutboxEntry', outboxEntryCodec as WireCodec<never>, entry],
  ])('%s reads as it was written', (_name, codec, message) => {
    expect(codec.decode(codec.encode(message as never))).toEqual(message);
  });

  it('covers every method of the administration', () => {
    const paths = Object.values(CORE_ADMIN).map(({ path }) => path);
    expect(new Set(paths).size).toBe(17);
    for (const { request } of Object.values(CORE_ADMIN)) {
      expect(request.decode(new Uint8Array())).toBeDefined();
    }
  });
});

describe('an enrolment', () => {
  it.each<readonly [Partial<EnrollRequest>, RegExp]>([
    [{ gatewayName: '' }, /^FIELD_REQUIRED gateway_name/],
    [{ gatewayName: 'x'.repeat(256) }, /^FIELD_TOO_LARGE gateway_name/],
    [{ gatewayName: 'ü' }, /^FIELD_NOT_PRINTABLE gateway_name/],
    [{ instanceId: 'not a uuid' }, /^INPUT_INVALID instance_id/],
    [{ vaultGeneration: 0n }, /^FIELD_REQUIRED vault_generation/],
    [{ sealingKeys: [] }, /^FIELD_REQUIRED sealing_keys/],
    [
      { sealingKeys: Array(9).fill(enrolment.sealingKeys[0]) as [] },
      /^FIELD_TOO_MANY sealing_keys/,
    ],
    [
      { sealingKeys: [{ keyId: bytes(31), scheme: 1, spkiDer: bytes(1), bootEphemeral: true }] },
      /^INPUT_INVALID sealing_keys.key_id/,
    ],
    [{ software: undefined }, /^FIELD_REQUIRED software/],
    [
      { lastCore: { clusterId: '', epoch: 1n, resumeToken: bytes(0) } },
      /^FIELD_REQUIRED last_core/,
    ],
  ])('with %o is refused', async (change, reason) => {
    expect(await changed(ENROLL.request, enrolment, change)).toMatch(reason);
  });
});

describe('a delegated request', () => {
  it.each<readonly [Partial<TunnelRequest>, RegExp]>([
    [{ requestId: uuid.toUpperCase() }, /^INPUT_INVALID request_id/],
    [{ generation: 0n }, /^FIELD_REQUIRED generation/],
    [{ client: undefined }, /^FIELD_REQUIRED client/],
    [{ client: { ...client, chainDer: [] } }, /^FIELD_REQUIRED client.chain_der/],
    [{ client: { ...client, chainDer: [bytes(20_000)] } }, /^FIELD_TOO_LARGE client.chain_der/],
    [{ kmipMajor: 3 }, /^INPUT_INVALID kmip_major/],
    [{ rawRequest: bytes(0) }, /^FIELD_REQUIRED raw_request/],
    [{ rawRequest: bytes(1024 * 1024 + 1) }, /^FIELD_TOO_LARGE raw_request/],
    [{ attempt: 0 }, /^FIELD_REQUIRED attempt/],
  ])('with %o is refused', async (change, reason) => {
    expect(await changed(TUNNEL.request, tunnel, change)).toMatch(reason);
  });
});

describe('frames of a Gateway', () => {
  const hello: Hello = {
    generation: 1n,
    resumeToken: bytes(0),
    loaded: [{ serviceKeyId: 'k', version: 1 }],
    outboxHead: 5n,
    outboxAcknowledged: 5n,
    keys: 0n,
    applied: { lane0: 0n, lane1: 0n, lane2: 0n },
  };
  const refused = async (
    frame: Parameters<typeof CONNECT.up.encode>[0]['frame'],
  ): Promise<string> => {
    const { code, message } = await failureOf(() =>
      CONNECT.up.decode(CONNECT.up.encode({ frame })),
    );
    return `${code} ${message}`;
  };
  const item = (sequence: bigint, size = 1) => ({ sequence, entry: bytes(size) });

  it.each<readonly [Partial<Hello>, RegExp]>([
    [{ generation: 0n }, /hello.generation/],
    [{ outboxAcknowledged: 6n }, /beyond the head/],
    [{ applied: undefined }, /hello.applied/],
    [{ loaded: [{ serviceKeyId: 'k', version: 0 }] }, /hello.loaded.version/],
  ])('a hello with %o is refused', async (change, reason) => {
    expect(await refused({ $case: 'hello', value: { ...hello, ...change } })).toMatch(reason);
  });

  it.each<readonly [string, ReturnType<typeof item>[], RegExp]>([
    ['nothing', [], /FIELD_REQUIRED/],
    ['a gap', [item(1n), item(3n)], /without gaps/],
    ['a repetition', [item(1n), item(1n)], /without gaps/],
    ['an empty entry', [item(1n, 0)], /FIELD_REQUIRED/],
    ['too many bytes', [item(1n, 300_000), item(2n, 300_000)], /bytes together/],
    [
      'too many entries',
      Array.from({ length: 257 }, (_, index) => item(BigInt(index + 1))),
      /FIELD_TOO_MANY/,
    ],
  ])('an outbox batch with %s is refused', async (_what, items, reason) => {
    expect(await refused({ $case: 'outboxBatch', value: { items } })).toMatch(reason);
  });

  it('a grant that is loaded has a key check value, one that is not need not', async () => {
    const ack = { grantId: 'g', result: 1 as const, keyCheckValue: bytes(0) };
    expect(await refused({ $case: 'grantAck', value: ack })).toMatch(/key_check_value/);
    const frame = { $case: 'grantAck', value: { ...ack, result: 3 as const } } as const;
    expect(CONNECT.up.decode(CONNECT.up.encode({ frame })).frame).toEqual(frame);
  });
});

describe('documents', () => {
  it.each<readonly [Partial<Governance>, RegExp]>([
    [{ version: 0n }, /version/],
    [{ policies: [{ ...policy, grantCache: 0 }] }, /grant_cache/],
    [
      {
        policies: [{ ...policy, leaseTtlSeconds: 0 }],
      },
      /lease_ttl/,
    ],
    [
      {
        clientTrust: [
          {
            tenantId: 't',
            caBundle: bytes(1),
            rules: [{ match: undefined, serviceId: 's', operations: [] }],
          },
        ],
      },
      /rules.match/,
    ],
    [
      {
        clientTrust: [
          {
            tenantId: 't',
            caBundle: bytes(1),
            rules: [
              { match: { $case: 'spiffePrefix', value: '' }, serviceId: 's', operations: [] },
            ],
          },
        ],
      },
      /rules.match/,
    ],
  ])('governance with %o is refused', async (change, reason) => {
    expect(await changed(governanceCodec, governance, change)).toMatch(reason);
  });

  it.each<readonly [Partial<GrantTerms>, RegExp]>([
    [{ recipientKeyId: bytes(33) }, /recipient_key_id/],
    [{ state: 0 }, /state/],
    [{ notAfter: undefined }, /not_after/],
    [{ sequence: 0n }, /sequence/],
  ])('terms with %o are refused', async (change, reason) => {
    expect(await changed(grantTermsCodec, terms, change)).toMatch(reason);
  });

  it.each<readonly [Partial<OutboxEntry>, RegExp]>([
    [{ entryId: bytes(15) }, /entry_id/],
    [{ kind: 0 }, /kind/],
    [{ state: 17 }, /state/],
    [{ creatorSpkiSha256: bytes(31) }, /creator_spki_sha256/],
    [{ digest: bytes(0) }, /digest/],
  ])('an outbox entry with %o is refused', async (change, reason) => {
    expect(await changed(outboxEntryCodec, entry, change)).toMatch(reason);
  });
});

describe('the answer to a delegated request', () => {
  const answer: TunnelResponse = {
    rawResponse: bytes(10),
    outcome: 1,
    directives: [],
    coreSequence: 1n,
    executedAt: now,
  };
  const put: PutKey = {
    uid: 'u',
    objectType: 2,
    state: 1,
    serviceKeyId: 'k',
    serviceKeyVersion: 1,
    wrapped: bytes(40),
    attributes: bytes(10),
    createdAt: now,
  };
  const setState = { uid: 'u', state: 2, attributes: bytes(0), reasonCode: 0 };

  it('reads as it was written, with every kind of directive', () => {
    const message: TunnelResponse = {
      ...answer,
      directives: [
        { directive: { $case: 'put', value: put } },
        { directive: { $case: 'setState', value: setState } },
        { directive: { $case: 'setAttributes', value: { uid: 'u', attributes: bytes(1) } } },
        { directive: { $case: 'purge', value: { uid: 'u' } } },
      ],
    };
    expect(TUNNEL.response.decode(TUNNEL.response.encode(message))).toEqual(message);
  });

  it('may be empty when it is a denial', () => {
    const message: TunnelResponse = { ...answer, outcome: 3, rawResponse: bytes(0) };
    expect(TUNNEL.response.decode(TUNNEL.response.encode(message))).toEqual(message);
  });

  it.each<readonly [Directive['directive'], RegExp]>([
    [undefined, /directives.directive: required/],
    [{ $case: 'purge', value: { uid: '' } }, /directives.uid/],
    [{ $case: 'put', value: { ...put, state: 0 } }, /put.state/],
    [{ $case: 'put', value: { ...put, wrapped: bytes(1024 * 1024 + 1) } }, /put.wrapped/],
    [{ $case: 'put', value: { ...put, serviceKeyVersion: 0 } }, /put.service_key_version/],
    [{ $case: 'setState', value: { ...setState, state: 17 } }, /set_state.state/],
    [{ $case: 'setAttributes', value: { uid: 'u', attributes: bytes(0) } }, /set_attributes/],
  ])('with the directive %o is refused', async (directive, reason) => {
    const change = { directives: [{ directive }] };
    expect(await changed(TUNNEL.response, answer, change)).toMatch(reason);
  });
});

describe('events about more than a key', () => {
  const event: Event = {
    eventId: 'e',
    lane: 0,
    laneSequence: 1n,
    kind: EventKind.EVENT_KIND_TENANT_REVOKED,
    tenantId: 't',
    serviceId: 's',
    serviceKeyId: 'k',
    serviceKeyVersion: 0,
    uid: '',
    reasonCode: 0,
    reasonMessage: '',
    effectiveAt: now,
    correlationId: '',
    epoch: 1n,
    attributes: bytes(0),
  };
  const decode = (change: Partial<Event>): unknown => {
    const frame = { $case: 'event', value: { ...event, ...change } } as const;
    return CONNECT.down.decode(CONNECT.down.encode({ frame })).frame?.value;
  };
  const kind = EventKind;

  it.each<Partial<Event>>([
    { serviceId: '', serviceKeyId: '' },
    { kind: kind.EVENT_KIND_SERVICE_KEY_COMPROMISED },
    { kind: kind.EVENT_KIND_SERVICE_KEY_ROTATED, lane: 1 },
    { kind: kind.EVENT_KIND_GATEWAY_DECOMMISSIONED, tenantId: '', serviceId: '' },
  ])('are read: %o', (change) => {
    expect(decode(change)).toEqual({ ...event, ...change });
  });

  it.each<readonly [Partial<Event>, RegExp]>([
    [{ tenantId: '' }, /tenant_id/],
    [{ kind: kind.EVENT_KIND_SERVICE_KEY_COMPROMISED, serviceKeyId: '' }, /service_key_id/],
    [{ kind: kind.EVENT_KIND_SERVICE_KEY_SUSPENDED, serviceId: '' }, /service_id/],
    [{ kind: kind.EVENT_KIND_KEY_ATTRIBUTES, lane: 2, uid: 'u' }, /attributes: required/],
  ])('are refused without their scope: %o', async (change, reason) => {
    expect((await failureOf(() => decode(change))).message).toMatch(reason);
  });
});

describe('times', () => {
  it.each([0, 1, 999, 1000, 1_750_000_000_123, -1, -1001])('%d ms go there and back', (ms) => {
    const { seconds, nanos } = timestampOf(ms);
    expect(nanos).toBeGreaterThanOrEqual(0);
    expect(millisecondsOf({ seconds, nanos })).toBe(ms);
  });
});
