import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BrokerError } from '../errors/index.ts';
import type { NativeAddon } from './addon.ts';

/** The addon, and the FIPS module that was built with it. */
export interface LoadedAddon {
  readonly addon: NativeAddon;
  readonly module: PackagedModule;
}

/** fips.so as the build left it: hashes in lower-case hexadecimal. */
export interface PackagedModule {
  readonly directory: string;
  readonly sha256: string;
  readonly mac: string;
}

/** The folder above src/ or dist/: this file is two levels down in both. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where the build for this platform is: `prebuilds/linux-x64`. */
export const PREBUILD_DIRECTORY = join(
  PACKAGE_ROOT,
  'prebuilds',
  `${process.platform}-${process.arch}`,
);

/**
 * Loads the addon from `directory`, which holds cryptobroker.node, fips.so and manifest.json. The only place that does.
 * ADDON_UNUSABLE when a file is missing, damaged, or made for another platform; the reason is the error's cause.
 */
export function loadAddon(directory: string = PREBUILD_DIRECTORY): LoadedAddon {
  const path = join(directory, 'cryptobroker.node');
  if (!existsSync(path)) {
    throw new BrokerError(
      'ADDON_UNUSABLE',
      `there is no build of the native core for ${process.platform}-${process.arch}: run \`npm run setup\``,
    );
  }
  return { module: readManifest(directory), addon: load(path) };
}

function load(path: string): NativeAddon {
  try {
    // import() knows no .node files.
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw new BrokerError('ADDON_UNUSABLE', 'the native core was refused by the dynamic linker', {
      cause,
    });
  }
}

/** What the build noted of its module. ADDON_UNUSABLE when the manifest is missing or damaged. */
export function readManifest(directory: string = PREBUILD_DIRECTORY): PackagedModule {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
    return {
      directory,
      sha256: hexMember(manifest, 'fipsSha256'),
      mac: hexMember(manifest, 'moduleMac'),
    };
  } catch (cause) {
    throw new BrokerError('ADDON_UNUSABLE', "the native core's manifest is missing or damaged", {
      cause,
    });
  }
}

/** A member that is 32 bytes in lower-case hexadecimal. */
function hexMember(manifest: unknown, name: string): string {
  const value: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, name) : undefined;
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
    throw new TypeError(`manifest.json has no usable ${name}`);
  }
  return value;
}
