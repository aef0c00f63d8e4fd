// Tells one small story of a vault again and again, each time with another of its file operations failing (see
// vault-io-shim.c, which must be preloaded). Prints a `FaultReport` as JSON.
//
//   node vault-faults-main.ts DIRECTORY once|lasting EIO|ENOSPC stay|close [FIRST [STRIDE]]
import { openSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { VaultStory, type Ending } from './vault-story.ts';

/** What was seen. */
export interface FaultReport {
  /** Operations that were made to fail, one a story. */
  readonly operations: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** What should never be. */
  readonly wrong: readonly string[];
}

const [top = '', duration = 'once', error = 'EIO', end = 'stay', first = '1', stride = '1'] =
  process.argv.slice(2);
const code = error === 'EIO' ? constants.errno.EIO : constants.errno.ENOSPC;

/** A story has far fewer. */
const MOST_OPERATIONS = 2000;

const endings: Record<Ending, number> = { 'refused to open': 0, 'failed commits': 0, unharmed: 0 };
const wrong: string[] = [];
let operations = 0;
for (let operation = Number(first); ; operation += Number(stride)) {
  if (operation > MOST_OPERATIONS) throw new Error('the story does not end');
  const directory = join(top, String(operation));
  const name = `operation ${operation}, ${error}, ${duration}, ${end}`;
  const story = new VaultStory(directory, (what) => wrong.push(`${name}: ${what}`));
  arm(operation);
  const ending = await story.tell({ close: end === 'close' });
  if (process.env['X_WAIT']) await new Promise((r)=>setTimeout(r,700));
  const reached = disarm();
  if (reached) endings[ending] += 1;
  await story.verify().catch((failure: unknown) => wrong.push(`${name}: ${String(failure)}`));
  rmSync(directory, { recursive: true, force: true });
  if (!reached) break;
  operations += 1;
}
const report: FaultReport = { operations, endings, wrong };
process.stdout.write(JSON.stringify(report));

function arm(at: number): void {
  try {
    openSync(`/fault/arm/${at}/${code}/${duration === 'once' ? 0 : 1}`, 'r');
  } catch {
    // The shim answers so.
  }
}

/** True when an operation has failed. Throws without the shim. */
function disarm(): boolean {
  const [, failures = '0'] = readFileSync('/fault/disarm', 'utf8').split(' ');
  return Number(failures) > 0;
}
