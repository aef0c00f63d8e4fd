import { caseId, type Case } from './cases.ts';
import type { ClientName, SubjectName } from './contenders.ts';

/** What is measured of a case. */
export type Aspect = 'throughput' | 'latency' | 'processor time';

/** What this project has promised itself, each against Go in the same run. */
export interface RatioTarget {
  readonly text: string;
  /** `group/name` of the case. */
  readonly of: string;
  readonly aspect: Aspect;
  readonly client: ClientName;
  readonly subject: SubjectName;
  /** Go's value over ours, or ours over Go's where more is better. */
  readonly atLeast: number;
}

const CASE = {
  hashTenSame: 'hash/10 in flight, same core',
  goClientTen: 'clients/hash, Go client, 10 in flight, free',
  goClientOne: 'clients/hash, Go client, one at a time, free',
  ownClientTen: 'clients/hash, client and server, 10 in flight, free',
  ownClientOne: 'clients/hash, client and server, one at a time, free',
} as const;

/** Issuers and the ratio promised at 10 in flight. */
const CERTIFICATES = [
  { fixture: 'P-256 under P-256', subjects: ['native-ca-cache'], atLeast: 1 },
  { fixture: 'P-384 under P-384', subjects: ['native', 'native-ca-cache'], atLeast: 2.5 },
  { fixture: 'P-521 under P-521', subjects: ['native', 'native-ca-cache'], atLeast: 2.5 },
] as const;

export const RATIO_TARGETS: readonly RatioTarget[] = [
  {
    text: 'hash: processor time of the server, 10 in flight, an eighth of that of Go',
    of: CASE.hashTenSame,
    aspect: 'processor time',
    client: 'light',
    subject: 'native',
    atLeast: 8,
  },
  {
    text: 'hash: throughput with a light client, 10 in flight',
    of: CASE.hashTenSame,
    aspect: 'throughput',
    client: 'light',
    subject: 'native',
    atLeast: 5,
  },
  {
    text: 'hash: throughput with a Go client, 10 goroutines',
    of: CASE.goClientTen,
    aspect: 'throughput',
    client: 'go',
    subject: 'native',
    atLeast: 2.5,
  },
  {
    text: 'hash: throughput with a Go client, one at a time',
    of: CASE.goClientOne,
    aspect: 'throughput',
    client: 'go',
    subject: 'native',
    atLeast: 2,
  },
  ...(['client-native', 'client-lean'] as const).flatMap((client): readonly RatioTarget[] => [
    {
      text: 'hash: our client and server beside those of Go, one at a time',
      of: CASE.ownClientOne,
      aspect: 'throughput',
      client,
      subject: 'native',
      atLeast: 1,
    },
    {
      text: 'hash: our client and server beside those of Go, 10 in flight',
      of: CASE.ownClientTen,
      aspect: 'throughput',
      client,
      subject: 'native',
      atLeast: 2,
    },
  ]),
  ...CERTIFICATES.flatMap(({ fixture, subjects, atLeast }) =>
    subjects.map((subject): RatioTarget => ({
      text: `certificate: ${fixture}, 10 in flight${subject === 'native' ? '' : ', CA cache on'}`,
      of: `certificates/${fixture}, 10 in flight, free`,
      aspect: 'throughput',
      client: 'light',
      subject,
      atLeast,
    })),
  ),
];

/** Bounds on figures of our own, whatever Go's are. */
export const BOUNDS = {
  /** Milliseconds from the start of the process to the first answer, self-tests included. */
  startMs: 400,
  idleMiB: 90,
  loadedMiB: 160,
  /** The 99th percentile of a well-behaved client beside an abusive one, over the same without. */
  abuseRatio: 1.5,
} as const;

export function ratioTarget(
  target: Pick<Case, 'group' | 'name'>,
  aspect: Aspect,
  client: ClientName,
  subject: SubjectName,
): RatioTarget | undefined {
  return RATIO_TARGETS.find(
    (candidate) =>
      candidate.of === caseId(target) &&
      candidate.aspect === aspect &&
      candidate.client === client &&
      candidate.subject === subject,
  );
}
