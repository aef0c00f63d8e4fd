import { jsonLine, type LogFields } from './json-line.ts';
import type { LineSink } from './log-writer.ts';
import { textLine } from './text-line.ts';

export type { LogFields };

/** Severities, least severe first. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

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

/** Lines with the keys of the original: `level` (INFO), `time` (RFC 3339), `service`, the fields, `msg`. */
export function createLogger(options: LoggerOptions): Logger {
  const { level: least, service, now } = options;
  const sink = jsonLines(options);
  const writerOf = (level: LogLevel): Logger[LogLevel] => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return () => undefined;
    const label = level.toUpperCase();
    return (message, fields = {}) => {
      sink.write(jsonLine({ level: label, now: now(), service, message }, fields));
    };
  };
  return {
    debug: writerOf('debug'),
    info: writerOf('info'),
    warn: writerOf('warn'),
    error: writerOf('error'),
  };
}

/** A sink of lines in their JSON form; they reach the log in the form that it has. */
export function jsonLines({ format, sink }: Pick<LoggerOptions, 'format' | 'sink'>): LineSink {
  if (format === 'json') return sink;
  return {
    write: (lines) => {
      const each = lines.split('\n').filter((line) => line !== '');
      sink.write(each.map(textLine).join(''));
    },
  };
}
