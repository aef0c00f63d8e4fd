import type { ModuleReport, ProviderReport } from '../provider.ts';
import type { NativeReport } from '../../addon/addon.ts';

/** The addon's report as the provider's. `source` says who chose the module directory; it does not apply without FIPS. */
export function toProviderReport(
  report: NativeReport,
  source: 'package' | 'operator',
): ProviderReport {
  return {
    provider: 'native',
    fips: report.fips,
    libraryVersion: report.libraryVersion,
    module: toModuleReport(report, source),
    selfTests: report.selfTests,
    memory: {
      secureHeap: report.secureHeap,
      locked: report.memoryLocked,
      dumpable: report.dumpable,
    },
  };
}

function toModuleReport(report: NativeReport, source: 'package' | 'operator'): ModuleReport {
  const isFile = report.modulePath !== '';
  return {
    name: report.providerName,
    version: report.providerVersion,
    buildInfo: report.providerBuildInfo,
    path: isFile ? report.modulePath : undefined,
    sha256: isFile ? report.moduleSha256 : undefined,
    source: isFile ? source : 'builtin',
  };
}
