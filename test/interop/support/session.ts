import { join } from 'node:path';
import { runProgram } from '../../support/programs.ts';
import type { HistoricPaths } from './historic-paths.ts';
import type { Answer, Task } from './tasks.ts';

/** One Broker on the historic sockets, one client program, and what both did. */
export interface Session {
  readonly answers: readonly Answer[];
  /** Sockets while the Broker served, with their permissions in octal. */
  readonly sockets: Readonly<Record<string, string>>;
  /** How the Broker ended, and which sockets it left behind. */
  readonly exit: number | null;
  readonly left: readonly string[];
  readonly log: string;
}

const INSIDE = join(import.meta.dirname, 'inside.ts');

/** Starts a Broker as `cryptobroker server ...serverArgs`, has the client do the tasks, and ends the Broker. */
export async function runSession(
  paths: HistoricPaths,
  client: readonly string[],
  tasks: readonly Task[],
  serverArgs: readonly string[],
): Promise<Session> {
  const plan = JSON.stringify({ client, serverArgs });
  const [file, ...args] = [...paths.prefix, process.execPath, INSIDE, plan];
  const { exit, out, error } = await runProgram([file, ...args], {
    input: JSON.stringify(tasks),
    timeoutMs: 150_000,
  });
  if (exit !== 0) throw new Error(`the session ended with ${exit}:\n${error}`);
  return JSON.parse(out.toString()) as Session;
}
