import { FIXTURES, type FixtureName } from '../trials/fixtures.ts';
import type { ClientName, Contender, SubjectName } from './contenders.ts';

/** What is asked of a server. */
export type RequestSpec =
  | { readonly kind: 'hash'; readonly profile: string; readonly bytes: number }
  | { readonly kind: 'health' }
  | { readonly kind: 'certificate'; readonly fixture: FixtureName };

/** Where server and client run: wherever the system likes, on one processor together, on one each. */
export type Placement = 'free' | 'same core' | 'other core';

export const GROUPS = [
  'hash',
  'digests',
  'sizes',
  'health',
  'clients',
  'certificates',
  'telemetry',
] as const;
export type Group = (typeof GROUPS)[number];

/** One line of the plan: the same request and concurrency for each contender, back to back. */
export interface Case {
  readonly group: Group;
  /** Unique within the group. */
  readonly name: string;
  readonly request: RequestSpec;
  readonly inFlight: number;
  readonly placement: Placement;
  /** The first is the one that the others are held against. */
  readonly contenders: readonly Contender[];
  /** Also run by `--quick`. */
  readonly quick: boolean;
}

export function caseId({ group, name }: Pick<Case, 'group' | 'name'>): string {
  return `${group}/${name}`;
}

const DIGEST_PROFILES = [
  ...['SHA-256', 'SHA-384', 'SHA-512', 'SHA-512/256', 'SHA3-256', 'SHA3-384', 'SHA3-512'],
  ...['SHAKE-128', 'SHAKE-256'],
];

/** What the original's own benchmarks hash: the profile Default, 100 bytes or so. */
const HASH: RequestSpec = { kind: 'hash', profile: 'Default', bytes: 100 };

const KIB = 1024;
const SIZES = [16, 64, KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB];

/** The same client against each of these servers. */
function servers(client: ClientName, ...subjects: readonly SubjectName[]): readonly Contender[] {
  return subjects.map((subject) => ({ client, subject }));
}

export function inFlightText(inFlight: number): string {
  return inFlight === 1 ? 'one at a time' : `${inFlight} in flight`;
}

const hashCases: readonly Case[] = [
  ...(['same core', 'other core', 'free'] as const).flatMap((placement) =>
    [1, 10, 50].map((inFlight): Case => ({
      group: 'hash',
      name: `${inFlightText(inFlight)}, ${placement}`,
      request: HASH,
      inFlight,
      placement,
      contenders: servers('light', 'go', 'native', 'grpc-js', 'pure'),
      quick: inFlight !== 50 && placement === 'same core',
    })),
  ),
  ...[1, 10].map((inFlight): Case => ({
    group: 'hash',
    name: `${inFlightText(inFlight)}, no log, same core`,
    request: HASH,
    inFlight,
    placement: 'same core',
    contenders: servers('light', 'go-quiet', 'native-quiet'),
    quick: inFlight === 1,
  })),
  {
    group: 'hash',
    name: 'bytes there and back, one at a time, same core',
    request: HASH,
    inFlight: 1,
    placement: 'same core',
    contenders: servers('light', 'floor', 'native', 'go'),
    quick: true,
  },
];

const digestCases: readonly Case[] = DIGEST_PROFILES.map((profile) => ({
  group: 'digests',
  name: `${profile}, 100 B, 10 in flight, same core`,
  request: { kind: 'hash', profile, bytes: 100 },
  inFlight: 10,
  placement: 'same core',
  contenders: servers('light', 'go', 'native'),
  quick: false,
}));

const sizeCases: readonly Case[] = SIZES.map((bytes) => ({
  group: 'sizes',
  name: `SHA-256, ${sizeText(bytes)}, 10 in flight, free`,
  request: { kind: 'hash', profile: 'SHA-256', bytes },
  inFlight: 10,
  placement: 'free',
  contenders: servers('light', 'go', 'native', 'grpc-js'),
  quick: false,
}));

function sizeText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  return bytes < KIB * KIB ? `${bytes / KIB} KiB` : `${bytes / KIB / KIB} MiB`;
}

const healthCases: readonly Case[] = [
  ...[1, 10].map((inFlight): Case => ({
    group: 'health',
    name: `${inFlightText(inFlight)}, same core`,
    request: { kind: 'health' },
    inFlight,
    placement: 'same core',
    contenders: servers('light', 'go', 'native', 'grpc-js'),
    quick: inFlight === 10,
  })),
  {
    group: 'health',
    name: 'one at a time, no log, same core',
    request: { kind: 'health' },
    inFlight: 1,
    placement: 'same core',
    contenders: servers('light', 'go-quiet', 'native-quiet'),
    quick: true,
  },
];

/** What applications have: whole clients. */
const clientCases: readonly Case[] = [
  ...[1, 10].map((inFlight): Case => ({
    group: 'clients',
    name: `hash, Go client, ${inFlightText(inFlight)}, free`,
    request: HASH,
    inFlight,
    placement: 'free',
    contenders: servers('go', 'go', 'native', 'grpc-js'),
    quick: true,
  })),
  ...[1, 10].map((inFlight): Case => ({
    group: 'clients',
    name: `health, Go client, ${inFlightText(inFlight)}, free`,
    request: { kind: 'health' },
    inFlight,
    placement: 'free',
    contenders: servers('go', 'go', 'native'),
    quick: false,
  })),
  ...[1, 10].map((inFlight): Case => ({
    group: 'clients',
    name: `hash, client and server, ${inFlightText(inFlight)}, free`,
    request: HASH,
    inFlight,
    placement: 'free',
    contenders: [
      { client: 'go', subject: 'go' },
      { client: 'client-native', subject: 'native' },
      { client: 'client-lean', subject: 'native' },
      { client: 'client-grpc-js', subject: 'native' },
    ],
    quick: inFlight === 10,
  })),
];

const CERTIFICATE_SUBJECTS = [
  ...(['go', 'native', 'native-ca-cache', 'grpc-js', 'pure', 'go-fips'] as const),
];

const certificateCases: readonly Case[] = [
  ...FIXTURES.flatMap(({ name: fixture }) =>
    [1, 10].map((inFlight): Case => ({
      group: 'certificates',
      name: `${fixture}, ${inFlightText(inFlight)}, free`,
      request: { kind: 'certificate', fixture },
      inFlight,
      placement: 'free',
      contenders: servers('light', ...CERTIFICATE_SUBJECTS),
      quick: inFlight === 10 && fixture === 'P-384 under P-384',
    })),
  ),
  ...[1, 10].flatMap((inFlight) =>
    (['P-256 under P-256', 'P-384 under P-384', 'P-521 under P-521'] as const).map(
      (fixture): Case => ({
        group: 'certificates',
        name: `${fixture}, Go client, ${inFlightText(inFlight)}, free`,
        request: { kind: 'certificate', fixture },
        inFlight,
        placement: 'free',
        contenders: servers('go', 'go', 'native', 'native-ca-cache'),
        quick: false,
      }),
    ),
  ),
];

/** What it costs to be watched, each beside a Broker that nobody watches; servers of their own, and so not quick. */
const telemetryCases: readonly Case[] = [
  ...(['same core', 'other core'] as const).map((placement): Case => ({
    group: 'telemetry',
    name: `hash, 10 in flight, ${placement}`,
    request: HASH,
    inFlight: 10,
    placement,
    contenders: servers('light', 'native', 'native-scraped', 'native-traced-1', 'native-traced'),
    quick: false,
  })),
  {
    group: 'telemetry',
    name: 'P-256 under P-256, 10 in flight, free',
    request: { kind: 'certificate', fixture: 'P-256 under P-256' },
    inFlight: 10,
    placement: 'free',
    contenders: servers('light', 'native', 'native-scraped', 'native-traced-1', 'native-traced'),
    quick: false,
  },
];

/** Every case, in the order they are shown. */
export const CASES: readonly Case[] = [
  ...hashCases,
  ...digestCases,
  ...sizeCases,
  ...healthCases,
  ...clientCases,
  ...certificateCases,
  ...telemetryCases,
];
