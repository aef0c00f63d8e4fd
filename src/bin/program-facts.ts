import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramFacts } from '../cli/program-facts.ts';

/** What `version` shows, from package.json and from the manifest of the native core: the core itself is not loaded. */
export function programFacts(): ProgramFacts {
  return {
    version: textIn(new URL('../../package.json', import.meta.url), 'version') ?? 'unknown',
    node: process.versions.node,
    openssl: async () => {
      const { PREBUILD_DIRECTORY } = await import('../crypto/index.ts');
      return textIn(join(PREBUILD_DIRECTORY, 'manifest.json'), 'openssl', 'version');
    },
  };
}

/** The text at a path of keys in a JSON file; absent when there is no such file or no such text. */
function textIn(file: string | URL, ...path: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return typeof value === 'string' ? value : undefined;
}
