import { createHash } from 'node:crypto';
import { readYaml } from '../config/yaml/read-yaml.ts';
import { checkFile } from './check-file.ts';
import { compileProfile } from './compile-profile.ts';
import { rawProfiles } from './file-shape.ts';
import { ProfilesError, type ProfileWarning } from './problem.ts';
import type { Profile } from './profile.ts';
import { fileWarnings } from './warnings.ts';

/** The content of a valid profile file. */
export interface ParsedProfiles {
  /** In the order of the file. */
  readonly profiles: readonly Profile[];
  readonly warnings: readonly ProfileWarning[];
  /** SHA-256 of the bytes in lower-case hex: says which file was loaded, and protects nothing. */
  readonly sha256: string;
}

/** Reads a profile file of any generation. Throws `ProfilesError` with everything that is wrong with it. */
export function parseProfiles(bytes: Uint8Array, fileName: string): ParsedProfiles {
  const yaml = readYaml(bytes);
  if (!yaml.ok) {
    throw new ProfilesError(
      fileName,
      yaml.problems.map((problem) => ({ ...problem, path: '' })),
    );
  }
  const { file } = yaml;
  const problems = checkFile(file);
  if (problems.length > 0) throw new ProfilesError(fileName, problems);

  const profiles = rawProfiles(file).map(compileProfile);
  const profilesPath = Array.isArray(file.value) ? [] : ['Profiles'];
  return {
    profiles,
    warnings: fileWarnings(file, profilesPath, profiles),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
