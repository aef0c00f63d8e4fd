import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildGoProgram } from '../../../test/interop/support/go-programs.ts';
import { installPykmip, startPykmipServer } from '../../../test/interop/support/pykmip.ts';
import type { BenchCertificates } from './certificates.ts';
import { ServerProcess } from '../../harness/server-process.ts';
import type { Subject } from './subject.ts';

/** A subject, or why there is none. */
export type Peer = Subject | { readonly missing: string };

const SOURCE = join(import.meta.dirname, '..', '..', 'peers', 'kmip-go');
const START_MS = 30_000;
const nothing = (): Promise<void> => Promise.resolve();

/** An in-memory server over ovh/kmip-go; with a log, one line a request to a file. */
export async function startKmipGo(
  directory: string,
  { ca, server, client }: BenchCertificates,
  log: 'log' | 'quiet',
): Promise<Peer> {
  const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => readFileSync(join(SOURCE, name)));
  const key = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 16);
  const built = buildGoProgram(join('kmip-go-bench', key), 'server', SOURCE, (place) => [
    ...['build', '-trimpath', '-o', join(place, 'server'), '.'],
  ]);
  if ('missing' in built) return built;
  const logFile = join(directory, `kmip-go-${log}.log`);
  const running = new ServerProcess(
    [built.path, ...(log === 'log' ? ['-log'] : []), ca, server.certificate, server.key],
    logFile,
  );
  try {
    const port = await running.until('kmip-go', () => portIn(logFile), START_MS);
    return {
      name: log === 'log' ? 'kmip-go' : 'kmip-go-quiet',
      endpoint: { port, ca, ...client },
      processes: { 'kmip-go': running.pid },
      settle: nothing,
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** `{"port":40123}` in the first line of a log. */
function portIn(logFile: string): number | undefined {
  const port = /^\{"port":(\d+)\}\n/.exec(readFileSync(logFile, 'utf8'))?.[1];
  return port === undefined ? undefined : Number(port);
}

/** PyKMIP's own server, with SQLite as it has it; it logs warnings alone. */
export async function startPykmip(
  directory: string,
  { ca, server, client }: BenchCertificates,
): Promise<Peer> {
  const pykmip = installPykmip();
  if ('missing' in pykmip) return pykmip;
  const place = join(directory, 'pykmip');
  mkdirSync(place, { mode: 0o700 });
  const pair = (files: BenchCertificates['server']) => ({
    cert: files.certificate,
    key: files.key,
  });
  const files = { ca, server: pair(server), client: pair(client) };
  const running = await startPykmipServer(pykmip, files, place);
  return {
    name: 'pykmip',
    endpoint: { port: running.port, ca, ...client },
    processes: {},
    settle: nothing,
    stop: () => running.stop(),
  };
}
