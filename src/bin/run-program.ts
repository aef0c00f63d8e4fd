import { uptime } from 'node:os';
import type { LoadedSettings } from '../config/index.ts';
import { BrokerError, EXIT, type ExitCode } from '../errors/index.ts';
import { createLogger, jsonLines, type LogFields, type Logger } from '../telemetry/logger.ts';
import { LogWriter, type LineSink } from '../telemetry/log-writer.ts';
import { LOG_MESSAGES } from '../telemetry/names.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { programFacts } from './program-facts.ts';
import { logCrash, logStartFailure } from './server-log.ts';
import { awaitStopRequest, type StopReason, type StopRequest } from './stop-request.ts';

/** The clock of every program: milliseconds since 1970, and milliseconds that never go back. */
export const clock: { readonly now: () => number; readonly monotonicMs: () => number } = {
  now: () => Date.now(),
  monotonicMs: monotonicClock({
    running: () => performance.now(),
    sinceBoot: () => uptime() * 1000,
  }),
};

/** How long the last log lines may take to leave. */
const FLUSH_MS = 1000;

/** A program that serves. */
export interface RunningProgram {
  /** Ends it in order; what does not end within `drainMs` is cut off. */
  stop(drainMs: number): Promise<{
    /** Calls that were cut off. */
    readonly cutOff: number;
    /** Calls that were answered since the start. */
    readonly calls: number;
  }>;
}

export interface Program {
  /** Value of `service` in its log lines. */
  readonly service: string;
  /** First line of its log. */
  readonly starting: string;
  /** What that line says beside version and process. */
  readonly facts?: LogFields;
  /**
   * Starts it, and resolves when it serves. `fail` ends it later on, with the exit code of the error. `lines` takes lines
   * of the log that somebody else has made, in their JSON form.
   */
  readonly start: (
    logger: Logger,
    fail: (error: unknown) => void,
    lines: LineSink,
  ) => Promise<RunningProgram>;
}

/**
 * Runs a program until SIGTERM or SIGINT and returns the exit code of the process. Errors at start are logged, not thrown.
 * The first signal stops it in order, within `drainSeconds`; a second one ends the process at once.
 */
export async function runProgram(
  { settings }: Pick<LoadedSettings, 'settings'>,
  program: Program,
): Promise<ExitCode> {
  const stream = settings.log.output === 'stdout' ? process.stdout : process.stderr;
  // A command whose reader has gone may end; a server goes on, whatever was arranged before.
  stream.removeAllListeners('error');
  const writer = new LogWriter({
    stream,
    onDropped: (lines) => {
      logger.warn(LOG_MESSAGES.linesDropped, { lines });
    },
  });
  const logger: Logger = createLogger({
    level: settings.log.level,
    format: settings.log.format,
    service: program.service,
    now: clock.now,
    sink: writer,
  });
  const stopRequest = awaitStopRequest(() => {
    process.exit(EXIT.failed);
  });
  const lines = jsonLines({ format: settings.log.format, sink: writer });
  const exit = await serve(program, { logger, lines }, stopRequest, settings.drainSeconds);
  stopRequest.release();
  // A log that nobody reads must not keep the process.
  if (!(await writer.flush(FLUSH_MS))) process.exit(exit);
  return exit;
}

async function serve(
  program: Program,
  { logger, lines }: { readonly logger: Logger; readonly lines: LineSink },
  stopRequest: StopRequest,
  drainSeconds: number,
): Promise<ExitCode> {
  try {
    const { version, node } = programFacts();
    logger.info(program.starting, { version, node, pid: process.pid, ...program.facts });
    const fail = (error: unknown): void => {
      stopRequest.fail(error);
    };
    const running = await program.start(logger, fail, lines);
    return await stop(running, await stopRequest.first, drainSeconds, logger);
  } catch (error) {
    return logStartFailure(logger, error);
  }
}

async function stop(
  running: RunningProgram,
  reason: StopReason,
  drainSeconds: number,
  logger: Logger,
): Promise<ExitCode> {
  if (reason.kind === 'crash') {
    logCrash(logger, LOG_MESSAGES.crashed, reason.error);
    await running.stop(0);
    return reason.error instanceof BrokerError ? reason.error.definition.exit : EXIT.failed;
  }
  logger.info(LOG_MESSAGES.stopping, { signal: reason.signal, drainSeconds });
  const { cutOff, calls } = await running.stop(drainSeconds * 1000);
  if (cutOff > 0) logger.warn(LOG_MESSAGES.callsCutOff, { calls: cutOff });
  logger.info(LOG_MESSAGES.stopped, { calls });
  return EXIT.ok;
}
