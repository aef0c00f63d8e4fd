import { shown } from '../grpc/shown.ts';
import type { CallRecord } from '../grpc/run-call.ts';
import type { Incident } from '../grpc/transport.ts';
import type { Logger } from '../telemetry/logger.ts';
import { LOG_MESSAGES } from '../telemetry/names.ts';

/** Takes a call that has ended; `traceId` is that of its caller's trace when that is recorded. */
export type CallLog = (record: CallRecord, traceId?: string) => void;

/**
 * Writes the line of each finished call. Every field is named here, so nothing else of a request can ever be logged:
 * what comes from the client is the path, the profile's name and its correlation id, cut and in printable ASCII.
 */
export function callLogger(logger: Logger, logCalls: boolean): CallLog {
  return (record, traceId) => {
    if (record.incident !== undefined) logIncident(logger, record, record.incident);
    if (!logCalls) return;
    logger.info(LOG_MESSAGES.callFinished, {
      method: shown(record.path),
      profile: record.profile && shown(record.profile),
      code: record.status,
      error: record.code,
      incident: record.incident,
      durationMs: Math.round(record.durationMs * 1000) / 1000,
      requestBytes: record.requestBytes,
      responseBytes: record.responseBytes,
      correlationId: record.correlationId && shown(record.correlationId),
      traceId,
    });
  };
}

/** Writes the line of a call that failed inside the transport's own methods, in the words of `callLogger`. */
export function incidentLogger(logger: Logger): (incident: Incident) => void {
  return ({ id, path, cause }) => {
    logger.error(LOG_MESSAGES.callIncident, { incident: id, method: shown(path), cause });
  };
}

/** The detail that the caller did not get. The cause of an error and where it was thrown; never its arguments. */
function logIncident(logger: Logger, record: CallRecord, incident: string): void {
  logger.error(LOG_MESSAGES.callIncident, {
    incident,
    method: shown(record.path),
    cause: describe(record.cause),
    stack: record.cause instanceof Error ? frames(record.cause) : undefined,
  });
}

/** An error and the errors behind it, each with its name, its code and its message. */
function describe(cause: unknown): string {
  const parts: string[] = [];
  for (let error = cause; error instanceof Error && parts.length < 5; error = error.cause) {
    const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
    parts.push(`${error.name}${code}: ${error.message}`);
  }
  return parts.length > 0 ? parts.join('; caused by ') : typeof cause;
}

function frames(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}
