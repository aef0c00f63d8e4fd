import { truncateSync } from 'node:fs';

import type { SubjectName } from '../contenders.ts';
import type { Programs } from '../programs/programs.ts';
import { startBroker } from './broker.ts';
import { startFloor } from './floor.ts';
import { startGo } from './go.ts';
import type { MaybeSubject, Subject } from './subject.ts';
import { startWatchedBroker } from './watched-broker.ts';

export interface Subjects {
  readonly byName: ReadonlyMap<SubjectName, Subject>;
  /** What could not be had, and why. */
  readonly missing: ReadonlyMap<SubjectName, string>;
  stop(): Promise<void>;
}

/** Starts servers one after the other. What was started is stopped when another does not start. */
export async function startSubjects(
  names: ReadonlySet<SubjectName>,
  directory: string,
  programs: Programs,
): Promise<Subjects> {
  const byName = new Map<SubjectName, Subject>();
  const missing = new Map<SubjectName, string>();
  const stop = async (): Promise<void> => {
    await Promise.all([...byName.values()].map((subject) => subject.stop()));
  };
  try {
    for (const name of names) {
      const subject = await startSubject(name, directory, programs);
      if ('missing' in subject) missing.set(name, subject.missing);
      else byName.set(name, subject);
    }
    return { byName, missing, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts one server. */
export function startSubject(
  name: SubjectName,
  directory: string,
  programs: Programs,
): Promise<MaybeSubject> {
  switch (name) {
    case 'go':
    case 'go-quiet':
    case 'go-fips':
      return startGo(name, directory, programs);
    case 'floor':
      return startFloor(directory, programs);
    case 'native-scraped':
    case 'native-traced-1':
    case 'native-traced':
      return startWatchedBroker(name, directory);
    default:
      return startBroker(name, directory);
  }
}

/** A request log grows by a hundred megabytes in a few seconds; what has been written is of no further use. */
export function forgetLog({ log }: Subject): void {
  truncateSync(log);
}
