import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SignCertificateResponse } from '../../../src/generated/cryptobroker/crypto_broker.ts';
import { loadProfiles, type PolicySnapshot } from '../../../src/profile/index.ts';
import { DerReader, TAG } from '../../../src/x509/der.ts';
import { makeThrowawayCa, makeThrowawayRequest } from '../../../src/x509/throwaway.ts';
import { certificateFields } from '../../support/certificate-fields.ts';
import { longRun } from '../../support/environment.ts';
import { CERTIFICATE_FAULTS } from '../../support/faults/index.ts';
import { bytesField } from '../../support/http2/protobuf.ts';
import { WireConnection } from '../../support/http2/wire-connection.ts';
import { derOf } from '../../support/pki.ts';
import { openNative } from '../../support/providers.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import {
  comparableSpan,
  recordingTracer,
  type RecordedSpan,
} from '../../support/telemetry/recording-tracer.ts';
import type { CapturedLine } from '../support/captured-log.ts';
import { HASH_DATA, SIGN_CERTIFICATE } from '../support/grpc-caller.ts';
import { framed } from '../support/raw-http2.ts';
import { startTestBroker, type TestBroker } from '../support/test-broker.ts';
import { CRL_LOCATIONS } from './support/crl-locations.ts';
import { anyRequest, type AnyRequest, type Documents } from './support/arbitrary-requests.ts';

const SEED = 20_260_101;
const RUNS = longRun ? 100_000 : 3000;
const SHIPPED = fileURLToPath(new URL('../../../profiles/Profiles.yaml', import.meta.url));

/** Beside the shipped ones: outdated ones, and one that offers certificates alone. */
const MORE_PROFILES = `
  - Name: Outdated
    Deprecation: { ReplacedBy: SHA-256, DeprecatedSince: "2026-01-01", RemoveAfter: "2030-01-01", Reason: "too short" }
    API:
      HashData:
        HashAlg: sha-384
      SignCertificate:
        SignAlg: ecdsa
        HashAlg: sha-256
        SKIHashAlg: sha-1
        Validity: { ValidNotBeforeOffset: -1h, ValidNotAfterOffset: 8760h }
        KeyConstraints:
          Subject: { ECDSA: { MinKeySize: 256, MaxKeySize: 521 }, RSA: { MinKeySize: 2048, MaxKeySize: 4096 } }
          Issuer: { ECDSA: { MinKeySize: 256, MaxKeySize: 521 } }
        KeyUsage: [digitalSignature]
        ExtendedKeyUsage: [clientAuth]
        BasicConstraints: { CA: false }
`;

const SIGNING_PROFILES = ['Default', 'TLS-Client', 'TLS-Server', 'Intermediate-CA', 'Outdated'];
const PROFILES = [
  ...['SHA-256', 'SHA-512/256', 'SHA3-256', 'SHAKE-128', 'SHAKE-256', 'Default-RSA'],
  ...SIGNING_PROFILES,
];

function policies(): PolicySnapshot {
  const directory = join(scratchDirectory(), 'profiles');
  mkdirSync(directory, { mode: 0o700 });
  copyFileSync(SHIPPED, join(directory, 'Profiles.yaml'));
  appendFileSync(join(directory, 'Profiles.yaml'), MORE_PROFILES);
  return loadProfiles({ directory });
}

async function documents(now: number): Promise<Documents> {
  const cas = await Promise.all(
    ([256, 384, 521] as const).map((bits) =>
      makeThrowawayCa({ key: { algorithm: 'ECDSA', bits }, now, commonName: `CA ${bits}` }),
    ),
  );
  const requests = await Promise.all([
    makeThrowawayRequest({ key: { algorithm: 'ECDSA', bits: 256 } }),
    makeThrowawayRequest({ key: { algorithm: 'ECDSA', bits: 384 } }),
    makeThrowawayRequest({ key: { algorithm: 'RSA', bits: 2048 } }),
  ]);
  const bad = await Promise.all(CERTIFICATE_FAULTS.map(async ({ changes }) => await changes()));
  const pem = (text: string): Buffer => Buffer.from(text);
  const good = requests.map(({ csrPem }) => pem(csrPem));
  return {
    now,
    profiles: PROFILES,
    signingProfiles: SIGNING_PROFILES,
    pairs: cas.length,
    csrs: [
      // Most of the time a good one, or little would ever be signed.
      ...Array.from({ length: 20 }, () => good).flat(),
      ...requests.map(({ csrPem }) => derOf(csrPem)),
      ...bad.flatMap(({ csr }) => csr ?? []),
    ],
    caKeys: [
      ...cas.map(({ keyPem }) => pem(keyPem)),
      ...cas.map(({ keyPem }) => derOf(keyPem)),
      ...bad.flatMap(({ caKey }) => caKey ?? []),
    ],
    caCertificates: [
      ...cas.map(({ certificatePem }) => pem(certificatePem)),
      ...cas.map(({ certificatePem }) => derOf(certificatePem)),
      ...bad.flatMap(({ caCertificate }) => caCertificate ?? []),
    ],
  };
}

/** A reply without what is random in it, and the times in it. */
function comparable(
  path: string,
  reply: Buffer | undefined,
): { readonly shown: unknown; readonly times: readonly number[] } {
  if (reply === undefined || path !== SIGN_CERTIFICATE) {
    return { shown: reply?.toString('hex'), times: [] };
  }
  const response = SignCertificateResponse.decode(reply);
  const value = response.signedCertificate?.value ?? '';
  const { validity, ...certificate } = certificateFields(Buffer.from(value));
  return {
    shown: {
      certificate: { ...certificate, serialNumber: '' },
      format: response.signedCertificate?.$case,
      pem: typeof value === 'string' && /^-.*\n(?:.{64}\n)*.{1,64}\n-.*\n$/.test(value),
      metadata: response.metadata,
      descriptor: response.descriptor,
      fields: fieldNumbers(reply),
    },
    times: validityOf(validity),
  };
}

/** Begin and end, in seconds since 1970. */
function validityOf(hex: string): readonly number[] {
  const times = new DerReader(Buffer.from(hex, 'hex')).enter(TAG.sequence);
  const next = (): number => {
    const { content } = times.readAny();
    const text = Buffer.from(content).toString('latin1');
    const year = text.length === 13 ? `20${text}` : text;
    const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] =
      /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(year) ?? [];
    return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) / 1000;
  };
  return [next(), next()];
}

/** The numbers of a message's fields in their order, all of which have a length. */
function fieldNumbers(message: Buffer): number[] {
  const numbers: number[] = [];
  let at = 0;
  while (at < message.length) {
    numbers.push(message.readUInt8(at) >> 3);
    let length = 0;
    let shift = 0;
    do {
      at += 1;
      length |= (message.readUInt8(at) & 0x7f) << shift;
      shift += 7;
    } while (message.readUInt8(at) >= 0x80);
    at += 1 + length;
  }
  return numbers;
}

/** In turn: sampled, not sampled, wrong, none. */
const TRACEPARENTS = [
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  undefined,
] as const;

interface Seen {
  /** Its code, or else its status. */
  readonly kind: string;
  readonly wire: unknown;
  /** What depends on the time, in seconds. */
  readonly times: readonly number[];
}

async function ask(
  connection: WireConnection,
  request: AnyRequest,
  traceparent: string | undefined,
): Promise<Seen> {
  const stream = connection.start({
    path: request.path,
    headers: { traceparent },
    body: framed(request.message),
  });
  const { reply, ...outcome } = await connection.outcome(stream);
  const { headers, trailers } = connection.stream(stream);
  const { times, shown } = comparable(request.path, reply);
  const late = SECONDS.exec(outcome.message ?? '')?.[1];
  return {
    kind: outcome.code ?? String(outcome.status),
    wire: {
      ...outcome,
      message: outcome.message?.replace(SECONDS, 'some'),
      reply: shown,
      headers: fields(headers),
      trailers: fields(trailers),
    },
    times: late === undefined ? times : [Number(late)],
  };
}

/** How far a time is off a limit that moves with the clock. */
const SECONDS = /\b(\d+)(?=%20seconds%20)/;

/** All but what is different on purpose: when it was, and which incident; the message is looked at by itself. */
function fields(map: ReadonlyMap<string, string>): Record<string, string> {
  const random = ['date', 'cryptobroker-incident', 'grpc-message'];
  return Object.fromEntries([...map].filter(([name]) => !random.includes(name)));
}

/** A line of the request log without what differs from call to call. */
function lineOf(line: CapturedLine): Record<string, unknown> {
  const random = ['time', 'durationMs', 'incident'];
  // A signature of ECDSA has no fixed length.
  if (line['method'] === SIGN_CERTIFICATE && line['code'] === 'OK') random.push('responseBytes');
  return Object.fromEntries(Object.entries(line).filter(([name]) => !random.includes(name)));
}

/** A span without what differs from call to call. */
function spanOf(span: RecordedSpan): unknown {
  const { 'crypto.signed_cert_size': size, ...attributes } = span.attributes;
  return { signed: size !== undefined, ...Object(comparableSpan({ ...span, attributes })) };
}

/** The two servers, with a connection to each. */
interface Pair {
  /** Sends a request to both, expects equal answers, and returns what kind of answer it was. */
  readonly compare: (request: AnyRequest) => Promise<string>;
  /** Expects the same line for each call, and none of failures inside. */
  readonly compareLogs: () => Promise<void>;
  /** Expects the same span for each call that has one, and the same metrics of all. */
  readonly compareTelemetry: () => Promise<void>;
}

async function startPair(): Promise<Pair> {
  const native = await openNative();
  const loaded = policies();
  const theirTracer = recordingTracer();
  const ourTracer = recordingTracer();
  const oracle = await startTestBroker({
    ...{ transport: 'grpc-js', provider: () => native, policies: loaded, tracer: theirTracer },
  });
  const ours = await startTestBroker({
    ...{ transport: 'native', policies: loaded, tracer: ourTracer },
  });
  const toOracle = await WireConnection.open(oracle.socket);
  const toOurs = await WireConnection.open(ours.socket);
  const asked: string[] = [];
  const linesOf = ({ log }: TestBroker): readonly CapturedLine[] =>
    log.withMessage('finished call');
  return {
    compare: async (request) => {
      const traceparent = TRACEPARENTS[asked.length % TRACEPARENTS.length];
      asked.push(`${request.path} ${Buffer.from(request.message).toString('hex', 0, 500)}`);
      const [expected, got] = await Promise.all([
        ask(toOracle, request, traceparent),
        ask(toOurs, request, traceparent),
      ]);
      expect(got.wire).toEqual(expected.wire);
      // Two servers were asked, maybe in two seconds.
      expect(got.times).toHaveLength(expected.times.length);
      got.times.forEach((time, index) => {
        expect(Math.abs(time - (expected.times[index] ?? 0))).toBeLessThan(3);
      });
      return `${request.path} ${expected.kind}`;
    },
    compareLogs: async () => {
      const theirs = linesOf(oracle);
      await expect.poll(() => linesOf(ours).length, { timeout: 10_000 }).toBe(theirs.length);
      linesOf(ours).forEach((line, index) => {
        const their = theirs[index];
        expect(lineOf(line), asked[index]).toEqual(their === undefined ? undefined : lineOf(their));
      });
      for (const { log } of [oracle, ours]) {
        expect(log.lines().filter(({ level }) => level === 'ERROR')).toEqual([]);
      }
    },
    compareTelemetry: async () => {
      const theirs = theirTracer.spans;
      await expect.poll(() => ourTracer.spans.length, { timeout: 10_000 }).toBe(theirs.length);
      expect(theirs.length).toBeGreaterThan(asked.length / 4);
      expect(theirs.length).toBeLessThan(asked.length);
      ourTracer.spans.forEach((span, index) => {
        const their = theirs[index];
        expect(spanOf(span)).toEqual(their === undefined ? undefined : spanOf(their));
      });
      expect(await readMetrics(ours.metrics)).toEqual(await readMetrics(oracle.metrics));
    },
  };
}

it(
  `both transports give the same answers, write the same lines, count and trace the same (seed ${SEED})`,
  { timeout: longRun ? 3_600_000 : 120_000 },
  async () => {
    const { compare, compareLogs, compareTelemetry } = await startPair();
    const tally = new Map<string, number>();
    const requests = anyRequest(await documents(Math.floor(Date.now() / 1000)));
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const kind = await compare(request);
        tally.set(kind, (tally.get(kind) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    await compareLogs();
    await compareTelemetry();
    // Both halves were there: what is answered, and what is refused, for many reasons.
    expect(tally.get(`${SIGN_CERTIFICATE} 0`)).toBeGreaterThan(RUNS / 50);
    expect(tally.get(`${HASH_DATA} 0`)).toBeGreaterThan(RUNS / 20);
    expect(tally.size).toBeGreaterThan(20);
  },
);

it('both transports take the same locations of CRLs', async () => {
  const { compare, compareLogs } = await startPair();
  const { csrs, caKeys, caCertificates } = await documents(Math.floor(Date.now() / 1000));
  const sound = [csrs[0], caKeys[0], caCertificates[0]].map((bytes = Buffer.alloc(0), index) =>
    bytesField(2 + index, bytes),
  );
  const kinds = new Set<string>();
  for (const url of CRL_LOCATIONS) {
    const message = Buffer.concat([bytesField(1, 'TLS-Client'), ...sound, bytesField(9, url)]);
    kinds.add(await compare({ path: SIGN_CERTIFICATE, message }));
  }
  await compareLogs();
  expect([...kinds].sort()).toEqual(
    ['0', 'FIELD_NOT_URL', 'FIELD_TOO_LARGE'].map((kind) => `${SIGN_CERTIFICATE} ${kind}`),
  );
});
