import { uptime } from 'node:os';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { BrokerError, EXIT, type ExitCode } from '../errors/index.ts';
import { createLogger, jsonLines, type LogFields, type Logger } from '../telemetry/logger.ts';
import type { NodeFipsReport } from '../node-fips/index.ts';
import { LogLines } from '../telemetry/log-lines.ts';
import { LogWriter, type LineSink } from '../telemetry/log-writer.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import { LOG_MESSAGES } from '../telemetry/names.ts';
import type { Tracer } from '../telemetry/tracing/tracer.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { programFacts } from './program-facts.ts';
import { secureExports, startTelemetry, type RunningTelemetry } from './program-telemetry.ts';
import { endProcess } from './end-process.ts';
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
  /**
   * Whether it can do its work now; absent: as long as it is not stopping. What orchestrators are told at `/readyz`. Must
   * answer within a second.
   */
  readonly ready?: () => boolean | Promise<boolean>;
}

/** Where a program counts and traces. Both are there whether or not anybody reads them. */
export interface ProgramTelemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
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
    telemetry: ProgramTelemetry,
  ) => Promise<RunningProgram>;
}

/**
 * Runs a program until SIGTERM or SIGINT and returns the exit code of the process. Errors at start are logged, not thrown.
 * The first signal stops it in order, within `drainSeconds`; a second one ends the process at once.
 */
export async function runProgram(
  loaded: Pick<LoadedSettings, 'settings' | 'inheritedSockets'>,
  program: Program,
): Promise<ExitCode> {
  const { settings } = loaded;
  const exportTls = await secureExports(loaded);
  const stream = settings.log.output === 'stdout' ? process.stdout : process.stderr;
  // A command whose reader has gone may end; a server goes on, whatever was arranged before.
  stream.removeAllListeners('error');
  const writer = new LogWriter({
    stream,
    onDropped: (lines) => {
      logger.warn(LOG_MESSAGES.linesDropped, { lines });
    },
  });
  const log = jsonLines({ format: settings.log.format, sink: writer });
  const lines = new LogLines(log);
  const logger: Logger = createLogger({
    level: settings.log.level,
    // The lines get the form of the log where they enter it.
    format: 'json',
    service: program.service,
    now: clock.now,
    sink: lines,
  });
  const stopRequest = awaitStopRequest(() => {
    endProcess(EXIT.failed);
  });
  const exit = await serve(
    program,
    settings,
    { logger, writer, log, lines, exportTls },
    stopRequest,
  );
  stopRequest.release();
  // A log that nobody reads must not keep the process.
  await writer.flush(FLUSH_MS);
  return endProcess(exit);
}

/** Where a program says what it does. */
interface Outputs {
  readonly logger: Logger;
  readonly writer: LogWriter;
  /** The log alone. */
  readonly log: LineSink;
  /** The log, and what telemetry takes of it. */
  readonly lines: LogLines;
  /** What Node's TLS runs on, when telemetry is exported by it in FIPS mode. */
  readonly exportTls: NodeFipsReport | undefined;
}

async function serve(
  program: Program,
  settings: Settings,
  { logger, writer, log, lines, exportTls }: Outputs,
  stopRequest: StopRequest,
): Promise<ExitCode> {
  let telemetry: RunningTelemetry | undefined;
  let running: RunningProgram | undefined;
  let stopping = false;
  const serving = (ask: (() => boolean | Promise<boolean>) | undefined) =>
    running !== undefined && !stopping && (ask?.() ?? true);
  try {
    const { version, node } = programFacts();
    logger.info(program.starting, { version, node, pid: process.pid, ...program.facts });
    if (exportTls !== undefined) {
      const { openssl, sha256 } = exportTls;
      logger.info(LOG_MESSAGES.exportTlsFips, { openssl, moduleSha256: sha256 });
    }
    telemetry = await startTelemetry(settings.telemetry, {
      ...{ logger, clock },
      service: program.service,
      lines: log,
      health: {
        // Whoever answers is alive: a restart helps neither against what is outside nor while it starts or stops.
        live: () => true,
        ready: () => serving(running?.ready),
      },
    });
    const { metrics, tracer } = telemetry;
    lines.tapBy(telemetry.logTap);
    metrics.source(() => [
      { name: 'crypto_log_lines_dropped_total', labels: {}, value: writer.lostLines },
    ]);
    const fail = (error: unknown): void => {
      stopRequest.fail(error);
    };
    running = await program.start(logger, fail, lines, { metrics, tracer });
    const reason = await stopRequest.first;
    stopping = true;
    return await stop(running, reason, settings.drainSeconds, logger);
  } catch (error) {
    return logStartFailure(logger, error);
  } finally {
    await telemetry?.stop();
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
