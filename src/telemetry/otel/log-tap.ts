import {
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Logger as ApiLogger,
} from '@opentelemetry/api';

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  DEBUG: SeverityNumber.DEBUG,
  INFO: SeverityNumber.INFO,
  WARN: SeverityNumber.WARN,
  ERROR: SeverityNumber.ERROR,
};

/**
 * Makes log records of lines of the log, which the Broker's native core and our logger write in the same JSON form: so both
 * hold the same, and nothing that the log does not say.
 */
export class LogTap {
  readonly #logger: ApiLogger;

  constructor(logger: ApiLogger) {
    this.#logger = logger;
  }

  /** Takes whole lines, each with its line end. */
  write(lines: string): void {
    for (const line of lines.split('\n')) {
      if (line !== '') this.#emit(line);
    }
  }

  #emit(line: string): void {
    const fields = parsed(line);
    if (fields === undefined) return;
    const { level, time, msg, ...rest } = fields;
    delete rest['service'];
    const context = contextOf(rest);
    const severityText = String(level);
    this.#logger.emit({
      timestamp: new Date(String(time)),
      severityText,
      severityNumber: SEVERITIES[severityText] ?? SeverityNumber.UNSPECIFIED,
      body: String(msg),
      attributes: plain(rest),
      context,
    });
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function plain(fields: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      attributes[name] = value;
    }
  }
  return attributes;
}

/** Takes out what says which span a line belongs to; a trace without a span is no context, and stays among the fields. */
function contextOf(fields: Record<string, unknown>): Context {
  const { traceId, spanId } = fields;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return ROOT_CONTEXT;
  delete fields['traceId'];
  delete fields['spanId'];
  // A line does not say whether its span is recorded.
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.NONE });
}
