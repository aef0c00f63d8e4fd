import { pino } from 'pino';
import type { LineSink } from './log-writer.ts';
import { textLine } from './text-line.ts';

/** Severities, least severe first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a line says beside its message: flat and plain, so that nothing is written that was not named. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines. Never throws, never waits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `json`: one object a line; `text`: `key=value` pairs for people. */
  readonly format: 'json' | 'text';
  /** Value of the key `service`. */
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sink: LineSink;
}

/** Longest string a field may have, in characters; the rest is cut off. */
const LONGEST_FIELD = 2048;

/** Lines with the keys of the original: `time` (RFC 3339), `level` (INFO), `msg`, `service`, then the fields. */
export function createLogger(options: LoggerOptions): Logger {
  const { sink } = options;
  const destination =
    options.format === 'json'
      ? sink
      : {
          write: (line: string): void => {
            sink.write(textLine(line));
          },
        };
  const log = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    destination,
  );
  return {
    debug: (message, fields) => {
      if (log.isLevelEnabled('debug')) log.debug(safeFields(fields), safe(message));
    },
    info: (message, fields) => {
      if (log.isLevelEnabled('info')) log.info(safeFields(fields), safe(message));
    },
    warn: (message, fields) => {
      log.warn(safeFields(fields), safe(message));
    },
    error: (message, fields) => {
      log.error(safeFields(fields), safe(message));
    },
  };
}

function safeFields(fields: LogFields = {}): Record<string, string | number | boolean> {
  const safeOnes: Record<string, string | number | boolean> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) safeOnes[name] = typeof value === 'string' ? safe(value) : value;
  }
  return safeOnes;
}

/**
 * What a terminal or a line-based collector could take for a command or a line's end: controls, format characters such
 * as bidirectional overrides, line and paragraph separators, lone surrogates. JSON escapes a few of them only.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What nearly every text is: found out in a tenth of the time that it takes to look for what is unsafe. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

function safe(text: string): string {
  if (text.length <= LONGEST_FIELD && PRINTABLE_ASCII.test(text)) return text;
  const bounded = text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}…` : text;
  return bounded.replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
