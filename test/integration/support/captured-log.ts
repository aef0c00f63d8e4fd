import type { LineSink } from '../../../src/telemetry/log-writer.ts';
import { createLogger, type Logger, type LogLevel } from '../../../src/telemetry/logger.ts';

export interface CapturedLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger whose lines can be looked at. */
export interface CapturedLog {
  readonly logger: Logger;
  /** Where its lines go; others may go there, too. */
  readonly sink: LineSink;
  readonly text: () => string;
  readonly lines: () => readonly CapturedLine[];
  readonly withMessage: (message: string) => readonly CapturedLine[];
}

export function captureLog(level: LogLevel = 'debug'): CapturedLog {
  const written: string[] = [];
  const sink: LineSink = {
    write: (lines) => {
      written.push(...lines.split('\n').filter((line) => line !== ''));
    },
  };
  const logger = createLogger({
    ...{ level, format: 'json', service: 'test', sink },
    now: () => Date.now(),
  });
  const lines = (): CapturedLine[] => written.map((line) => JSON.parse(line) as CapturedLine);
  return {
    logger,
    sink,
    text: () => written.map((line) => `${line}\n`).join(''),
    lines,
    withMessage: (message) => lines().filter(({ msg }) => msg === message),
  };
}
