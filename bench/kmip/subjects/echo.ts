import { join } from 'node:path';
import { readFileSync } from 'node:fs';

import type { BenchCertificates } from './certificates.ts';
import { ServerProcess } from '../../harness/server-process.ts';
import type { Subject } from './subject.ts';

const ENTRY = join(import.meta.dirname, 'run-echo.ts');
const START_MS = 15_000;

/** The least that a Get can cost on this Node: TLS in, TLS out, bytes of the same sizes, and nothing done between. */
export async function startEcho(
  directory: string,
  { ca, server, client }: BenchCertificates,
): Promise<Subject> {
  const log = join(directory, 'echo.log');
  const running = new ServerProcess(
    [process.execPath, ENTRY, ca, server.certificate, server.key],
    log,
  );
  try {
    const listening = (): number | undefined => {
      const port = /^(\d+)\n/.exec(readFileSync(log, 'utf8'))?.[1];
      return port === undefined ? undefined : Number(port);
    };
    const port = await running.until('the echo', listening, START_MS);
    return {
      name: 'echo',
      endpoint: { port, ca, ...client },
      processes: { echo: running.pid },
      settle: () => Promise.resolve(),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
