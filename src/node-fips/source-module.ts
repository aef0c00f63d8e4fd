import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BrokerError } from '../errors/index.ts';
import type { PackagedModule } from '../crypto/index.ts';
import type { SourceModule } from './module-copy.ts';

/** Longest fipsmodule.cnf that is read, in bytes. */
const CONFIGURATION_LIMIT = 64 * 1024;

/**
 * Which module Node is to run on, by the rules of the native core: the package's, pinned by its manifest, or an operator's,
 * vouched for by the fipsmodule.cnf beside it; without one it must be a copy of the package's. FIPS_MODULE_REFUSED.
 */
export function sourceModule(
  packaged: PackagedModule,
  operatorDirectory: string | undefined,
): SourceModule {
  if (operatorDirectory === undefined) return packaged;
  const directory = resolve(operatorDirectory);
  const configuration = join(directory, 'fipsmodule.cnf');
  if (!existsSync(configuration)) {
    return { directory, sha256: packaged.sha256, mac: packaged.mac };
  }
  return { directory, sha256: undefined, mac: macIn(configuration) };
}

function macIn(path: string): string {
  let text: string;
  try {
    if (statSync(path).size > CONFIGURATION_LIMIT) throw new Error('too long');
    text = readFileSync(path, 'latin1');
  } catch (cause) {
    throw new BrokerError('FIPS_MODULE_REFUSED', 'fipsmodule.cnf beside fips.so cannot be read', {
      cause,
    });
  }
  const mac = /^[ \t]*module-mac[ \t]*=[ \t]*([0-9A-Fa-f:]+)[ \t\r]*$/m.exec(text)?.[1];
  const hex = mac?.replaceAll(':', '').toLowerCase();
  if (hex?.length !== 64) {
    throw new BrokerError(
      'FIPS_MODULE_REFUSED',
      'fipsmodule.cnf beside fips.so has no usable module-mac',
    );
  }
  return hex;
}
