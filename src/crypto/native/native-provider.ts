import { resolve } from 'node:path';

import type { CryptoProvider } from '../provider.ts';
import type { NativeAddon, NativeOptions, NativePoolStats } from '../../addon/addon.ts';
import { loadAddon, type PackagedModule } from '../../addon/load-addon.ts';
import { nativeAead } from './native-aead.ts';
import { nativeBenchmark, type CoreBenchmark } from './native-benchmark.ts';
import { nativeCertificates } from './native-certificates.ts';
import { nativeDataKeys } from './native-data-keys.ts';
import { nativeDigests } from './native-digests.ts';
import { attempt } from '../../addon/native-error.ts';
import { nativeKeyWrap } from './native-key-wrap.ts';
import { nativeMacs } from './native-macs.ts';
import { PolicyCompiler } from './native-policy.ts';
import { toProviderReport } from './native-report.ts';
import { nativeServiceKeys } from './native-service-keys.ts';
import { nativeSigningKeys } from './native-signing-keys.ts';

/** How the native core is started. A process has one core: the first call decides, later ones must agree. */
export interface NativeProviderOptions {
  readonly fips: 'required' | 'off';
  /** Worker threads of the core's pool, 1 to 64; usually one a processor. */
  readonly poolThreads: number;
  /** Jobs that may wait for a worker, 1 to 65536; default 1024. */
  readonly poolQueue?: number;
  /** Directory of an fips.so to use instead of the package's, with the fipsmodule.cnf that vouches for it. */
  readonly moduleDirectory?: string | undefined;
  /** Refuse to start when key memory cannot be locked (MEMORY_NOT_LOCKED); default false. */
  readonly requireLockedMemory?: boolean;
  /** Core dumps off, and the process closed to debuggers of the same user; default false. It cannot be undone. */
  readonly hardenProcess?: boolean;
  /** Parsed CA keys kept between requests: at most 64, for at most a day. Default: none, for it is a store of secrets. */
  readonly caCache?: { readonly entries: number; readonly seconds: number };
  /** Directory of cryptobroker.node, fips.so and manifest.json; default: that of the package. */
  readonly addonDirectory?: string;
}

/** The native provider, and what it has beyond the interface. */
export interface NativeProvider extends CryptoProvider {
  readonly name: 'native';
  readonly benchmark: CoreBenchmark;
  poolStats(): NativePoolStats;
  /** False once the FIPS module has failed: it then answers nothing any more. */
  running(): boolean;
}

const DEFAULT_QUEUE = 1024;

/**
 * Loads the addon and starts its core: about 0.1 s in FIPS mode, for the module's self tests. Any doubt about library,
 * module or memory is a BrokerError whose code exits with 70, and the core is then not started.
 */
export function createNativeProvider(options: NativeProviderOptions): NativeProvider {
  const { addon, module } = loadAddon(options.addonDirectory);
  return attempt(() => {
    if (options.hardenProcess === true) addon.hardenProcess();
    addon.initialize(toNativeOptions(options, module));
    return provide(addon, options.moduleDirectory === undefined ? 'package' : 'operator');
  });
}

function provide(addon: NativeAddon, moduleSource: 'package' | 'operator'): NativeProvider {
  const policies = new PolicyCompiler(addon);
  return {
    name: 'native',
    digests: nativeDigests(addon),
    certificates: nativeCertificates(addon, policies),
    keyWrap: nativeKeyWrap(addon),
    aead: nativeAead(addon),
    macs: nativeMacs(addon),
    random: {
      fill(target) {
        attempt(() => {
          addon.randomFill(target);
        });
      },
    },
    serviceKeys: nativeServiceKeys(addon),
    dataKeys: nativeDataKeys(addon),
    signingKeys: nativeSigningKeys(addon),
    benchmark: nativeBenchmark(addon, policies),
    report: () => attempt(() => toProviderReport(addon.report(), moduleSource)),
    poolStats: () => attempt(() => addon.poolStats()),
    running: () => attempt(() => addon.providerRunning()),
  };
}

function toNativeOptions(options: NativeProviderOptions, module: PackagedModule): NativeOptions {
  const operatorDirectory = options.moduleDirectory;
  return {
    fips: options.fips,
    // Our own module is pinned by its build's manifest; an operator's by the fipsmodule.cnf beside it.
    ...(operatorDirectory === undefined
      ? { moduleDirectory: module.directory, moduleSha256: module.sha256 }
      : { moduleDirectory: resolve(operatorDirectory), moduleSha256: '' }),
    moduleMac: module.mac,
    requireLockedMemory: options.requireLockedMemory ?? false,
    poolThreads: options.poolThreads,
    poolQueue: options.poolQueue ?? DEFAULT_QUEUE,
    caCacheEntries: options.caCache?.entries ?? 0,
    caCacheSeconds: options.caCache?.seconds ?? 0,
  };
}
