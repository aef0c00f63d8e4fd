// Runs where the historic paths are free: a Broker on them, and one client program with our standard input. Prints a
// `Session` as JSON.
import { existsSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { HISTORIC_SOCKETS } from '../../../src/config/index.ts';
import { runProgram, startBroker } from '../../support/programs.ts';
import type { Session } from './session.ts';
import type { Answer } from './tasks.ts';

interface Plan {
  readonly client: readonly [string, ...string[]];
  readonly serverArgs: readonly string[];
}

const { client, serverArgs } = JSON.parse(process.argv[2] ?? '') as Plan;
const input = await buffer(process.stdin);
const broker = await startBroker({ sockets: 'historic', args: serverArgs });
const sockets = Object.fromEntries(HISTORIC_SOCKETS.map((path) => [path, permissions(path)]));
const ended = await runProgram(client, { input, timeoutMs: 120_000 });
const exit = await broker.stop();
if (ended.exit !== 0)
  throw new Error(`the client ended with ${ended.exit}:\n${ended.error}\n${broker.log()}`);
const session: Session = {
  answers: JSON.parse(ended.out.toString()) as Answer[],
  sockets,
  exit,
  left: HISTORIC_SOCKETS.filter((path) => existsSync(path)),
  log: broker.log(),
};
process.stdout.write(JSON.stringify(session));

function permissions(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
