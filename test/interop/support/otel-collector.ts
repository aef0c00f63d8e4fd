import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../../support/programs.ts';
import { buildGoProgram, keyOf, type Built } from './go-programs.ts';

const SOURCE = join(import.meta.dirname, '..', 'go-collector');
/** The configuration that compose.yaml gives the collector. */
const SHIPPED = join(ROOT, 'deploy', 'docker', 'observability', 'collector.yaml');
const START_MS = 30_000;

/** Builds the collector of the OpenTelemetry project out of its published modules; a second time it is there already. */
export function buildCollector(): Built {
  return buildGoProgram(
    join('otelcol', keyOf(SOURCE)),
    'otelcol',
    SOURCE,
    (directory) => [
      ...['build', '-trimpath', '-ldflags=-s -w', '-o', join(directory, 'otelcol')],
      '.',
    ],
    { slow: true },
  );
}

/** The receiver's settings for TLS, as the collector documents them. */
export interface ReceiverTls {
  readonly cert_file: string;
  readonly key_file: string;
  /** Who may send: without it anybody may. */
  readonly client_ca_file?: string;
}

export interface RunningCollector {
  /** Ends it in order, which prints what it still holds, and returns everything it printed. */
  stop(): Promise<string>;
}

/** Starts it with the shipped configuration, its receivers on ports of their own and, if so wished, by TLS. */
export async function startCollector(
  program: string,
  {
    directory,
    ports,
    tls,
  }: {
    readonly directory: string;
    readonly ports: Readonly<Record<'grpc' | 'http', number>>;
    readonly tls?: ReceiverTls | undefined;
  },
): Promise<RunningCollector> {
  const shipped = parse(readFileSync(SHIPPED, 'utf8')) as Readonly<Record<string, unknown>>;
  const at = (port: number) => ({
    endpoint: `127.0.0.1:${port}`,
    ...(tls === undefined ? {} : { tls }),
  });
  const receivers = { otlp: { protocols: { grpc: at(ports.grpc), http: at(ports.http) } } };
  const file = join(directory, 'collector.yaml');
  // Its own metrics would want a port as well.
  const telemetry = { metrics: { level: 'none' } };
  const service = { ...(shipped['service'] as object), telemetry };
  writeFileSync(file, stringify({ ...shipped, receivers, service }));

  const child = spawn(program, ['--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      child.kill('SIGKILL');
      reject(new Error(`the collector does not start:\n${text}`));
    };
    const timer = setTimeout(fail, START_MS);
    const look = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!text.includes('Everything is ready')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('close', () => {
      clearTimeout(timer);
      fail();
    });
  });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return text;
    },
  };
}
