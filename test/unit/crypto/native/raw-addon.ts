import type { NativeAddon, NativeOptions } from '../../../../src/addon/addon.ts';
import { loadAddon } from '../../../../src/addon/load-addon.ts';

/** Settings that start the package's core in FIPS mode. */
export function startOptions(changes: Partial<NativeOptions> = {}): NativeOptions {
  const { module } = loadAddon();
  return {
    fips: 'required',
    moduleDirectory: module.directory,
    moduleSha256: module.sha256,
    moduleMac: module.mac,
    requireLockedMemory: false,
    poolThreads: 2,
    poolQueue: 64,
    caCacheEntries: 0,
    caCacheSeconds: 0,
    ...changes,
  };
}

/** The started addon itself, below the provider's checks and translations. */
export function startedAddon(): NativeAddon {
  const { addon } = loadAddon();
  addon.initialize(startOptions());
  return addon;
}

/** The addon as a caller sees it who does not know its types. */
export function untyped(addon: NativeAddon): Record<string, (...values: unknown[]) => unknown> {
  return addon as unknown as Record<string, (...values: unknown[]) => unknown>;
}
