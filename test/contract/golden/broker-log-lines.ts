import { callLogger } from '../../../src/broker/call-log.ts';
import type { CallRecord } from '../../../src/grpc/run-call.ts';
import { STATUS_NUMBERS, statusName } from '../../../src/grpc/status.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

const SERVICE = 'crypto-broker "\u00e9"\\';

const RECORD: CallRecord = {
  path: '/CryptoBroker.CryptoGrpc/HashData',
  status: 'OK',
  code: undefined,
  incident: undefined,
  cause: undefined,
  durationMs: 0.0235,
  requestBytes: 155,
  responseBytes: 190,
};

const NOW = Date.UTC(2026, 8, 21, 14, 13, 20, 123);

interface Case {
  readonly now?: number;
  readonly durationNs?: number;
  readonly record?: Partial<CallRecord>;
}

/** What most callers say of themselves. */
const FACTS = { profile: 'Default', correlationId: '0f7e9c52-7d6f-4b6e-9d3e-0d1c2b3a4f5e' };

const CASES: readonly Case[] = [
  { record: FACTS },
  {},
  { record: { ...FACTS, status: 'INVALID_ARGUMENT', code: 'FIELD_REQUIRED', responseBytes: 0 } },
  { record: { status: 'INTERNAL', code: 'INTERNAL', incident: 'id' } },
  { record: { path: '/"quoted"\\', profile: 'a"b\\c', correlationId: '~ !' } },
  { record: { path: `/${'x'.repeat(200)}` } },
  { record: { path: '/\u001b\u007f\t' } },
  { record: { requestBytes: 2 ** 32 - 1, responseBytes: 2 ** 31 } },
  ...[0, 1, 499, 500, 501, 999, 1000, 1499, 1500, 10_000, 100_000, 999_499, 999_500].map(
    (durationNs) => ({ durationNs }),
  ),
  ...[1_000_000, 1_200_000, 1_230_000, 1_234_000, 30_000_000_000, 86_400_000_123_000].map(
    (durationNs) => ({ durationNs }),
  ),
  ...[
    0,
    999,
    Date.UTC(1999, 11, 31, 23, 59, 59, 999),
    Date.UTC(2000, 1, 29),
    Date.UTC(2028, 1, 29, 1, 2, 3, 4),
    Date.UTC(2100, 2, 1),
    Date.UTC(9999, 11, 31, 23, 59, 59, 999),
  ].map((now) => ({ now })),
  ...Object.keys(STATUS_NUMBERS).map((_, number) => ({ record: { status: statusName(number) } })),
];

/**
 * Two lines for each record: its facts in hexadecimal or as numbers, then the line. native/test/log_line_test.cc reads
 * them.
 */
export function goldenLogLines(): string {
  const written: string[] = [];
  for (const { now = NOW, durationNs = 23_500, record: changes } of CASES) {
    const record = { ...RECORD, ...changes, durationMs: durationNs / 1e6 };
    const logger = createLogger({
      level: 'info',
      format: 'json',
      service: SERVICE,
      now: () => now,
      sink: { write: (line) => written.push(line) },
    });
    const { path, profile, correlationId, status, code, incident } = record;
    const texts = [SERVICE, path, profile, correlationId, code, incident].map(hex);
    const numbers = [
      now,
      durationNs,
      record.requestBytes,
      record.responseBytes,
      STATUS_NUMBERS[status],
    ];
    written.push(`${[...texts, ...numbers].join(' ')}\n`);
    // The line of an incident itself stands before that of its call, and is another's.
    callLogger({ ...logger, error: () => undefined }, true)(record);
  }
  return written.join('');
}

const hex = (text = ''): string => Buffer.from(text).toString('hex') || '-';
