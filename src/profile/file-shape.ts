import { schemaViolations, type Violation } from '../config/schema-check.ts';
import type { Path, YamlFile } from '../config/yaml/yaml-file.ts';
import type { ProblemList } from './problem.ts';
import { RawGlobalFile, RawListFile, type RawProfile } from './raw-file.ts';
import type { Section } from './rules.ts';

/** A profile file whose keys and values have been looked at one by one. */
export interface FileShape {
  /** Path of the list of profiles: the file itself in the list form, `Profiles` in the global form. */
  readonly profilesPath: Path;
  /** How many entries the list has; 0 when there is no list. */
  readonly count: number;
  /** The value at `path`, when it and everything in it has the right shape; `undefined` otherwise. */
  section(path: Path): Section<unknown> | undefined;
}

/** Finds which form the file has and reports every unknown key, missing key and wrong value. */
export function checkShape(file: YamlFile, problems: ProblemList): FileShape {
  const isList = Array.isArray(file.value);
  if (!isList && (typeof file.value !== 'object' || file.value === null)) {
    const message =
      file.value === null
        ? 'the file holds no profile'
        : 'the file must be a list of profiles, or a map with Settings and Profiles';
    problems.addValue([], message, file.value ?? undefined);
    return { profilesPath: [], count: 0, section: () => undefined };
  }
  const violations = schemaViolations(file.value, isList ? RawListFile : RawGlobalFile);
  for (const violation of violations) report(violation, problems);

  const profilesPath = isList ? [] : ['Profiles'];
  const profiles = valueAt(file.value, profilesPath);
  // Every value that has a violation in it, so that `section` takes no longer in a file full of them.
  const broken = new Set(
    violations.flatMap(({ path }) => path.map((_, index) => pathKey(path.slice(0, index + 1)))),
  );
  return {
    profilesPath,
    count: Array.isArray(profiles) ? profiles.length : 0,
    section(path) {
      const value = valueAt(file.value, path);
      return value === undefined || broken.has(pathKey(path)) ? undefined : { path, value };
    },
  };
}

/** The profiles of a file in which no problem was found. */
export function rawProfiles(file: YamlFile): readonly RawProfile[] {
  // What the schema has checked, in the type that was made from it.
  return Array.isArray(file.value)
    ? (file.value as RawListFile)
    : (file.value as RawGlobalFile).Profiles;
}

function report({ path, key, kind, message, value }: Violation, problems: ProblemList): void {
  if (kind === 'value') problems.addValue(path, message, value);
  else if (kind === 'unknown key') problems.addKey([...path, key ?? ''], message);
  else problems.addKey(path, message);
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A path as one text, for a set. Keys with U+0000 can only make a section count as broken that is not. */
function pathKey(path: Path): string {
  return path.map((step) => `${String(step)}\u0000`).join('');
}
