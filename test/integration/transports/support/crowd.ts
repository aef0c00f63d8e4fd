import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** How many descriptors a process of this machine may have; Node takes as many as it may. */
export const descriptorLimit = Number(
  /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity,
);

const MAIN = fileURLToPath(new URL('./crowd-main.ts', import.meta.url));

/** What has become of the connections of a crowd. */
export interface Tally {
  /** Those that the system let through; each has a descriptor of the client. */
  readonly open: number;
  /** Those of them that the server has closed since. */
  readonly ended: number;
}

/** Many idle connections, held by a process of their own. */
export interface Crowd {
  /** Resolves as soon as the condition holds; rejects when it does not within the time a test may take. */
  readonly until: (condition: (tally: Tally) => boolean) => Promise<Tally>;
  /** Lets all connections go at once, as the death of their process does. */
  readonly kill: () => Promise<void>;
}

/** Opens `count` connections to the socket at `path`; they are gone when the test has ended. */
export function gatherCrowd(path: string, count: number): Crowd {
  const child = spawn(process.execPath, [MAIN, path, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let tally: Tally = { open: 0, ended: 0 };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    tally = JSON.parse(line) as Tally;
  });
  return {
    until: async (condition) =>
      await new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          lines.off('line', look).off('close', gone);
        };
        const fail = (why: string): void => {
          stop();
          reject(new Error(`${why}: ${JSON.stringify(tally)}`));
        };
        const look = (): void => {
          if (!condition(tally)) return;
          stop();
          resolve(tally);
        };
        const gone = (): void => {
          fail('the crowd has gone');
        };
        const timer = setTimeout(fail, 20_000, 'waited in vain for the crowd');
        lines.on('line', look).on('close', gone);
        look();
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
