import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramFacts } from '../cli/program-facts.ts';
import { PREBUILD_DIRECTORY } from '../crypto/native/load-addon.ts';

/** Reads what `version` shows from package.json and from the manifest of the native core, without loading the core. */
export function programFacts(): ProgramFacts {
  return {
    version: member(readJson(new URL('../../package.json', import.meta.url)), 'version') ?? 'unknown',
    node: process.versions.node,
    get openssl() {
      const manifest = readJson(join(PREBUILD_DIRECTORY, 'manifest.json'));
      return member(Reflect.get(Object(manifest) as object, 'openssl'), 'version');
    },
  };
}

function readJson(path: string | URL): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : undefined;
}
