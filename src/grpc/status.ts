import { BrokerError, type ErrorCode, type StatusName } from '../errors/index.ts';

/** Numbers of the gRPC statuses (grpc/doc/statuscodes.md). */
export const STATUS_NUMBERS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const satisfies Record<StatusName, number> & Record<string, number>;

/** Every status a call can end with, those included that only a transport gives. */
export type AnyStatusName = keyof typeof STATUS_NUMBERS;

const namesByNumber = new Map<number, AnyStatusName>(
  Object.entries(STATUS_NUMBERS).map(([name, number]) => [number, name as AnyStatusName]),
);

/** The name of a status number; a number that gRPC does not know is UNKNOWN, as its rules say. */
export function statusName(number: number): AnyStatusName {
  return namesByNumber.get(number) ?? 'UNKNOWN';
}

/** Trailing metadata of a failed call. */
export const CODE_TRAILER = 'cryptobroker-error';
const INCIDENT_TRAILER = 'cryptobroker-incident';

/** How a failed call ends on the wire. */
export interface Failure {
  readonly status: StatusName;
  readonly code: ErrorCode;
  /** For the caller: ASCII, bounded. */
  readonly details: string;
  /** Names the log line with the cause; for INTERNAL only. */
  readonly incident: string | undefined;
  /** What was thrown, for the log. */
  readonly cause: unknown;
}

/**
 * The one place where errors become statuses. A BrokerError says itself what the caller may know; anything else, and
 * any code that no request can cause, is INTERNAL: the caller gets an incident id, the cause stays here.
 */
export function failureOf(error: unknown, newIncident: () => string): Failure {
  if (error instanceof BrokerError && error.definition.status !== 'INTERNAL') {
    return {
      status: error.definition.status,
      code: error.code,
      details: printableDetails(error.message),
      incident: undefined,
      cause: undefined,
    };
  }
  const incident = newIncident();
  return {
    status: 'INTERNAL',
    code: 'INTERNAL',
    details: `internal error, incident ${incident}`,
    incident,
    cause: error,
  };
}

/** The trailing metadata that goes with a failure. */
export function trailersOf(failure: Failure): Readonly<Record<string, string>> {
  return failure.incident === undefined
    ? { [CODE_TRAILER]: failure.code }
    : { [CODE_TRAILER]: failure.code, [INCIDENT_TRAILER]: failure.incident };
}

const LONGEST_DETAILS = 1024;

/** grpc-message may hold any text percent-encoded, but many tools print it as it comes. */
function printableDetails(text: string): string {
  return text.slice(0, LONGEST_DETAILS).replace(/[^\x20-\x7e]/g, '?');
}
