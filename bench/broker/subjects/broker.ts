import { join } from 'node:path';

import { BENCH_PROFILES } from '../messages.ts';
import { servingLine, startServer } from './start-server.ts';
import type { MaybeSubject } from './subject.ts';

/** The compiled command line: what is installed is measured, not what is in the editor. */
const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'bin', 'cryptobroker.js');

export type BrokerName = 'native' | 'native-quiet' | 'native-ca-cache' | 'grpc-js' | 'pure';

const FLAGS: Readonly<Record<BrokerName, readonly string[]>> = {
  native: ['--transport', 'native'],
  'native-quiet': ['--transport', 'native', '--log-requests', 'off'],
  'native-ca-cache': ['--transport', 'native', '--ca-cache-entries', '16'],
  'grpc-js': ['--transport', 'grpc-js'],
  pure: ['--transport', 'grpc-js', '--crypto-provider', 'pure', '--fips', 'off'],
};

/** Our server as it is installed: FIPS provider required, where nothing else is said. */
export async function startBroker(name: BrokerName, directory: string): Promise<MaybeSubject> {
  try {
    const subject = await startServer(name, directory, (socket) => [
      ...([process.execPath, PROGRAM, 'server', '--socket', socket] as const),
      ...['--profiles-dir', BENCH_PROFILES, '--log-requests', 'on', ...FLAGS[name]],
    ]);
    // No figure is shown under a wrong name.
    const serving = /"transport":"([^"]+)"/.exec(servingLine(subject.log) ?? '')?.[1];
    if (serving === (name.startsWith('native') ? 'native' : 'grpc-js')) return subject;
    await subject.stop();
    return { missing: `it serves by the transport ${serving ?? 'unknown'}` };
  } catch (error) {
    // A build without the native transport is a build with one subject less.
    if (!name.startsWith('native')) throw error;
    return { missing: lastMessage(error) };
  }
}

function lastMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trimEnd().split('\n').at(-1) ?? text;
}
