import type { Settings } from '../config/index.ts';
import {
  parseCollector,
  parseHeaders,
  parseInterval,
  parsePairs,
} from '../config/telemetry-values.ts';
import type { Sampling } from './tracing/tracer.ts';

/** Somewhere that a signal goes to. */
export type ExportTarget = 'console' | OtlpProtocol;
export type OtlpProtocol = 'otlp-http' | 'otlp-grpc';

/** What is exported, where to and how often: the telemetry settings, understood. */
export interface ExportPlan {
  readonly traces: readonly ExportTarget[];
  readonly metrics: readonly ExportTarget[];
  readonly logs: readonly OtlpProtocol[];
  readonly sampling: Sampling;
  readonly metricsIntervalMs: number;
  /** Resource attributes that the operator gave. */
  readonly resource: ReadonlyMap<string, string>;
  readonly collector: CollectorPlan;
  /** Where the HTTP listener listens; absent: there is none. */
  readonly listen?: { readonly host: string; readonly port: number };
}

/** How the collector is reached. */
export interface CollectorPlan {
  /** Absent: the usual address of the protocol on this machine. */
  readonly endpoint: URL | undefined;
  /** By lower-case name. Secrets. */
  readonly headers: ReadonlyMap<string, string>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMs: number;
  /** Paths of PEM files. */
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

const DEFAULT_INTERVAL_MS = 30_000;

/** The plan of checked settings. */
export function exportPlan(telemetry: Settings['telemetry']): ExportPlan {
  const { traces, metrics, logs, otlp } = telemetry;
  const targets = (names: readonly string[]) =>
    telemetry.disabled ? [] : targetsOf(names, otlp.protocol);
  const listen = listenAddress(telemetry);
  return {
    traces: targets(traces.exporters),
    metrics: targets(metrics.exporters),
    logs: targets(logs.exporters).filter((target) => target !== 'console'),
    sampling: samplingOf(traces),
    metricsIntervalMs:
      metrics.interval === undefined
        ? (metrics.intervalMs ?? DEFAULT_INTERVAL_MS)
        : parseInterval(metrics.interval),
    resource: resourceOf(telemetry),
    collector: collectorOf(otlp),
    ...(listen !== undefined && { listen }),
  };
}

/** True when there is anything to export: then, and only then, the SDK is loaded. */
export function exportsAnything({ traces, metrics, logs }: ExportPlan): boolean {
  return traces.length + metrics.length + logs.length > 0;
}

/** True when a collector is reached by TLS. */
export function exportsByTls(plan: ExportPlan): boolean {
  return plan.collector.endpoint?.protocol === 'https:' && exportsByOtlp(plan);
}

/** True when something leaves this machine, or a credential with it, that anybody on the way can read. */
export function exportsInTheClear(plan: ExportPlan): boolean {
  const { endpoint } = plan.collector;
  if (endpoint === undefined || endpoint.protocol === 'https:') return false;
  return exportsByOtlp(plan) && !LOOPBACK.test(endpoint.hostname);
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function exportsByOtlp({ traces, metrics, logs }: ExportPlan): boolean {
  return [...traces, ...metrics, ...logs].some((target) => target !== 'console');
}

/** Each place once, however often it was named. What is no place of its own (none, prometheus) is left out. */
function targetsOf(names: readonly string[], protocol: string): readonly ExportTarget[] {
  const usual = protocol === 'grpc' ? 'otlp-grpc' : 'otlp-http';
  const byName: Readonly<Record<string, ExportTarget>> = {
    console: 'console',
    otlp: usual,
    otlphttp: 'otlp-http',
    otlpgrpc: 'otlp-grpc',
  };
  return [...new Set(names.flatMap((name) => byName[name] ?? []))];
}

function samplingOf({ sampler, samplerArg }: Settings['telemetry']['traces']): Sampling {
  const byParent = sampler.startsWith('parentbased_');
  if (sampler.endsWith('always_on')) return { byParent, ratio: 1 };
  return { byParent, ratio: sampler.endsWith('always_off') ? 0 : samplerArg };
}

function resourceOf(telemetry: Settings['telemetry']): ReadonlyMap<string, string> {
  const { serviceName, serviceVersion, resourceAttributes = '' } = telemetry;
  return new Map([
    ...(parsePairs(resourceAttributes) ?? []),
    ...(serviceName === undefined ? [] : [['service.name', serviceName] as const]),
    ...(serviceVersion === undefined ? [] : [['service.version', serviceVersion] as const]),
  ]);
}

function collectorOf(otlp: Settings['telemetry']['otlp']): CollectorPlan {
  const { endpoint, headers = '', authorization, compression, timeoutMs } = otlp;
  return {
    endpoint: endpoint === undefined ? undefined : parseCollector(endpoint),
    headers: new Map([
      ...(parseHeaders(headers) ?? []),
      ...(authorization === undefined ? [] : [['authorization', authorization] as const]),
    ]),
    compression,
    timeoutMs,
    caFile: otlp.certificate,
    certificateFile: otlp.clientCertificate,
    keyFile: otlp.clientKey,
  };
}

/** `telemetry.listen` decides; without it the exporter prometheus opens the listener where its own settings say. */
function listenAddress({ listen, metrics, prometheus, disabled }: Settings['telemetry']) {
  if (listen !== undefined) {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  }
  if (disabled || !metrics.exporters.includes('prometheus')) return undefined;
  return { host: prometheus.host, port: prometheus.port };
}
