import { BrokerError } from '../errors/index.ts';

/** RFC 3339, with seconds and a zone: `2026-01-31T12:00:00Z`, `2026-01-31T13:00:00+01:00`. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const SECONDS = /^\d{1,20}$/;

/** A point in time from the command line: RFC 3339, or seconds since 1970. USAGE when it is neither. */
export function parseTime(option: string, text: string): Date | bigint {
  if (SECONDS.test(text)) return BigInt(text);
  const date = RFC_3339.test(text) ? new Date(text) : undefined;
  // Date accepts the 31st of February and means March.
  if (date === undefined || Number.isNaN(date.getTime()) || !isDayOfMonth(text)) {
    throw new BrokerError(
      'USAGE',
      `${option}: must be a time as 2026-01-31T12:00:00Z, or seconds since 1970`,
    );
  }
  return date;
}

function isDayOfMonth(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
