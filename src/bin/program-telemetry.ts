import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { LoadedSettings, Settings } from '../config/index.ts';
import { BrokerError } from '../errors/index.ts';
import type { NodeFipsReport } from '../node-fips/index.ts';
import type { HttpEndpoint } from '../telemetry/endpoint/http-endpoint.ts';
import type { ProgramHealth } from '../telemetry/endpoint/program-health.ts';
import {
  exportPlan,
  exportsAnything,
  exportsByTls,
  exportsInTheClear,
  type ExportPlan,
} from '../telemetry/export-plan.ts';
import type { LineSink } from '../telemetry/log-writer.ts';
import type { Logger } from '../telemetry/logger.ts';
import { MetricsRegistry } from '../telemetry/metrics/registry.ts';
import { LOG_MESSAGES } from '../telemetry/names.ts';
import type { Exporting } from '../telemetry/otel/start-exporting.ts';
import { observeProcess } from '../telemetry/process/process-metrics.ts';
import { NO_TRACER, type Tracer } from '../telemetry/tracing/tracer.ts';
import { programFacts } from './program-facts.ts';

/** How long the last spans, metrics and log records may take to leave, in milliseconds. */
const FLUSH_MS = 2000;

export interface ProgramTelemetryParts {
  readonly service: string;
  readonly logger: Logger;
  /** Takes lines of the log in their JSON form. */
  readonly lines: LineSink;
  readonly health: ProgramHealth;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
}

/** The telemetry of a program while it runs. */
export interface RunningTelemetry {
  readonly metrics: MetricsRegistry;
  readonly tracer: Tracer;
  /** Takes every line of the log, in its JSON form; absent: lines go nowhere but to the log. */
  readonly logTap: LineSink | undefined;
  /** Sends what there is, for two seconds at most, and closes the listener. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Puts Node's own TLS on the FIPS provider when a collector is reached by it: a Broker needs no TLS otherwise. A Node that
 * was not started for it is replaced by one that is. Undefined when it is not needed.
 */
export async function secureExports({
  settings,
  inheritedSockets,
}: Pick<LoadedSettings, 'settings' | 'inheritedSockets'>): Promise<NodeFipsReport | undefined> {
  const needed = settings.fips === 'required' && exportsByTls(exportPlan(settings.telemetry));
  if (!needed) return undefined;
  if (inheritedSockets.length > 0) {
    throw new BrokerError(
      'CONFIG_INVALID',
      'https is not possible with sockets that a service manager hands over: Node has to be started anew for it, and they ' +
        'would be lost; take a collector on this machine, by http',
      { field: 'telemetry.otlp.endpoint' },
    );
  }
  return (await import('./node-tls.ts')).secureNodeTls(settings);
}

/**
 * Starts what the settings ask for. The registry is always there, and costs next to nothing; the SDK and the HTTP listener
 * are loaded only when they are wanted.
 */
export async function startTelemetry(
  settings: Settings['telemetry'],
  parts: ProgramTelemetryParts,
): Promise<RunningTelemetry> {
  const plan = exportPlan(settings);
  const metrics = new MetricsRegistry({ logger: parts.logger });
  observeProcess(metrics, parts.clock.now);
  const exporting = exportsAnything(plan) ? await startExporting(plan, metrics, parts) : undefined;
  const endpoint = await openEndpoint(plan, metrics, parts);
  return {
    metrics,
    tracer: exporting?.tracer ?? NO_TRACER,
    logTap: exporting?.logTap,
    stop: async () => {
      await Promise.all([withinTime(exporting?.stop()), endpoint?.close()]);
    },
  };
}

async function startExporting(
  plan: ExportPlan,
  registry: MetricsRegistry,
  { service, logger, lines, clock }: ProgramTelemetryParts,
): Promise<Exporting> {
  const sdk = await import('../telemetry/otel/start-exporting.ts');
  const { version, node } = programFacts();
  const exporting = await sdk.startExporting(plan, {
    ...{ registry, logger, lines, clock },
    facts: {
      ...{ service, version, node },
      instanceId: randomUUID(),
      host: hostname(),
      processId: process.pid,
    },
  });
  if (exportsInTheClear(plan)) logger.warn(LOG_MESSAGES.exportInTheClear);
  return exporting;
}

async function openEndpoint(
  { listen }: ExportPlan,
  registry: MetricsRegistry,
  { logger, health }: ProgramTelemetryParts,
): Promise<HttpEndpoint | undefined> {
  if (listen === undefined) return undefined;
  const { openHttpEndpoint } = await import('../telemetry/endpoint/http-endpoint.ts');
  const endpoint = await openHttpEndpoint({ ...listen, registry, health });
  logger.info(LOG_MESSAGES.telemetryListening, { address: endpoint.address });
  return endpoint;
}

async function withinTime(work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  await Promise.race([work, passed]);
  clearTimeout(timer);
}
