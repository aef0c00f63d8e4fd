import { join } from 'node:path';

import { BENCH_PROFILES } from '../messages.ts';
import { servingLine, startServer } from './start-server.ts';
import type { MaybeSubject } from './subject.ts';

/** The compiled command line: what is installed is measured, not what is in the editor. */
const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'bin', 'cryptobroker.js');

/** Brokers that somebody watches: see watched-broker.ts. */
export type WatchedName = 'native-scraped' | 'native-traced-1' | 'native-traced';
export type BrokerName =
  'native' | 'native-quiet' | 'native-ca-cache' | 'grpc-js' | 'pure' | WatchedName;

const FLAGS: Readonly<Record<Exclude<BrokerName, WatchedName>, readonly string[]>> = {
  native: ['--transport', 'native'],
  'native-quiet': ['--transport', 'native', '--log-requests', 'off'],
  'native-ca-cache': ['--transport', 'native', '--ca-cache-entries', '16'],
  'grpc-js': ['--transport', 'grpc-js'],
  pure: ['--transport', 'grpc-js', '--crypto-provider', 'pure', '--fips', 'off'],
};

/** What a Broker is started with beside what all are. */
export interface BrokerStart {
  readonly flags: readonly string[];
  /** Environment variables, as NAME=VALUE. */
  readonly variables: readonly string[];
}

/** Our server as it is installed: FIPS provider required, where nothing else is said. */
export function startBroker(
  name: Exclude<BrokerName, WatchedName>,
  directory: string,
): Promise<MaybeSubject> {
  return startBrokerWith(name, directory, { flags: FLAGS[name], variables: [] });
}

/** The same with flags and variables of its own. */
export async function startBrokerWith(
  name: BrokerName,
  directory: string,
  { flags, variables }: BrokerStart,
): Promise<MaybeSubject> {
  try {
    const subject = await startServer(name, directory, (socket) => [
      ...(['/usr/bin/env', ...variables] as const),
      ...[process.execPath, PROGRAM, 'server', '--socket', socket],
      ...['--profiles-dir', BENCH_PROFILES, '--log-requests', 'on', ...flags],
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
