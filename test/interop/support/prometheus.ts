import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, hostEnvironment } from '../../support/environment.ts';

/** The programs of Prometheus, or why there are none. */
export type PrometheusTools =
  { readonly prometheus: string; readonly promtool: string } | { readonly missing: string };

/**
 * Those on the PATH, else Debian's package, unpacked into the cache: installing it would start a server. A second time it is
 * there already.
 */
export function prometheusTools(): PrometheusTools {
  if (answers('prometheus') && answers('promtool')) {
    return { prometheus: 'prometheus', promtool: 'promtool' };
  }
  const place = join(cacheDirectory, 'interop', 'prometheus');
  const tools = {
    prometheus: join(place, 'usr', 'bin', 'prometheus'),
    promtool: join(place, 'usr', 'bin', 'promtool'),
  };
  if (existsSync(tools.promtool)) return tools;
  const unfinished = `${place}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const missing = fetchInto(unfinished);
    if (missing !== undefined) return { missing };
    renameSync(unfinished, place);
    return tools;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function answers(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

function fetchInto(directory: string): string | undefined {
  const options = { cwd: directory, env: hostEnvironment, stdio: 'pipe' } as const;
  const fetched = spawnSync('apt-get', ['-q', 'download', 'prometheus'], options);
  const [archive] = readdirSync(directory).filter((name) => name.endsWith('.deb'));
  if (fetched.status !== 0 || archive === undefined) {
    return "neither prometheus on the PATH nor Debian's package of it";
  }
  const unpacked = spawnSync('dpkg-deb', ['-x', archive, directory], options);
  return unpacked.status === 0 ? undefined : 'the package of prometheus cannot be unpacked';
}

/** A Prometheus that scrapes, and answers queries. */
export interface RunningPrometheus {
  readonly url: string;
  /** The series of an expression as they are now. Throws what Prometheus says against it. */
  query(expr: string): Promise<readonly Series[]>;
  /** The values of an expression over a time, every `stepSeconds`. */
  range(
    expr: string,
    from: number,
    to: number,
    stepSeconds: number,
  ): Promise<readonly RangeSeries[]>;
  stop(): Promise<void>;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, text: string];
}

export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, text: string])[];
}

const START_MS = 20_000;

/** Starts one with this configuration file, its data in `directory`, on a port of its own. */
export async function startPrometheus(
  program: string,
  {
    config,
    directory,
    port,
  }: { readonly config: string; readonly directory: string; readonly port: number },
): Promise<RunningPrometheus> {
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${directory}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = `${log}${chunk.toString()}`.slice(-4096)));
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const until = Date.now() + START_MS;
  while (!(await isReady(url))) {
    if (Date.now() > until || child.exitCode !== null) {
      await stop();
      throw new Error(`prometheus does not start:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    query: (expr) =>
      ask<Series>(`${url}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`),
    range: (expr, from, to, step) => {
      const query = { query: expr, start: String(from), end: String(to), step: String(step) };
      return ask<RangeSeries>(`${url}/api/v1/query_range?${new URLSearchParams(query).toString()}`);
    },
    stop,
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function ask<Row>(address: string): Promise<readonly Row[]> {
  const answer = (await (await fetch(address)).json()) as {
    status: string;
    error?: string;
    data?: { result: readonly Row[] };
  };
  if (answer.status !== 'success') throw new Error(answer.error ?? 'prometheus refuses the query');
  return answer.data?.result ?? [];
}
