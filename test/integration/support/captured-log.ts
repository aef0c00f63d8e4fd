import { createLogger, type Logger, type LogLevel } from '../../../src/telemetry/logger.ts';

export interface CapturedLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger whose lines can be looked at. */
export interface CapturedLog {
  readonly logger: Logger;
  readonly text: () => string;
  readonly lines: () => readonly CapturedLine[];
  readonly withMessage: (message: string) => readonly CapturedLine[];
}

export function captureLog(level: LogLevel = 'debug'): CapturedLog {
  const written: string[] = [];
  const logger = createLogger({
    level,
    format: 'json',
    service: 'test',
    now: () => Date.now(),
    sink: {
      write: (line) => {
        written.push(line);
      },
    },
  });
  const lines = (): CapturedLine[] => written.map((line) => JSON.parse(line) as CapturedLine);
  return {
    logger,
    text: () => written.join(''),
    lines,
    withMessage: (message) => lines().filter(({ msg }) => msg === message),
  };
}
