import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostEnvironment } from '../../support/environment.ts';
import { runProgram } from '../../support/programs.ts';
import type { KmipPlan, KmipRun } from './kmip-tasks.ts';

/** A command and what must be in its environment. */
export interface Program {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** A foreign KMIP server in a process of its own. */
export interface KmipPeer {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 30_000;

/** Starts a server that prints `{"port": …}` once it listens, and ends when its standard input does. */
export async function startPeer({ command, env = {} }: Program): Promise<KmipPeer> {
  const [file, ...args] = command;
  // A group of its own: PyKMIP's server has a helper process, which must not outlive it.
  const child = spawn(file, args, {
    env: { ...environment(), ...env },
    stdio: 'pipe',
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  const ended = once(child, 'close');
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const timer = setTimeout(kill, START_MS);
  const first = await Promise.race([
    once(child.stdout, 'data') as Promise<[Buffer]>,
    ended.then(() => undefined),
  ]);
  clearTimeout(timer);
  if (first === undefined) throw new Error(`${file} does not serve:\n${said.join('')}`);
  const { port } = JSON.parse(first[0].toString()) as { readonly port: number };
  return {
    port,
    async stop() {
      kill();
      await ended;
    },
  };
}

/** Has a client program carry out a plan. */
export async function runPlan({ command, env = {} }: Program, plan: KmipPlan): Promise<KmipRun> {
  const { exit, out, error } = await runProgram(command, {
    input: JSON.stringify(plan),
    env: { ...environment(), ...env },
  });
  if (exit !== 0) throw new Error(`${command[0]} ended with ${exit}:\n${error}`);
  return JSON.parse(out.toString()) as KmipRun;
}

function environment(): Record<string, string> {
  return { PATH: hostEnvironment['PATH'] ?? '' };
}
