import type { LoadedSettings } from '../config/index.ts';
import type { ProviderReport } from '../crypto/provider.ts';
import { BrokerError, EXIT, type ExitCode } from '../errors/index.ts';
import type { NodeFipsReport } from '../node-fips/index.ts';
import { problemLine, ProfilesError, type PolicySnapshot } from '../profile/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { LOG_MESSAGES } from '../telemetry/names.ts';

/** What a server says of itself before it serves. */

export function logSettings(logger: Logger, loaded: LoadedSettings): void {
  for (const warning of loaded.warnings) logger.warn(warning);
  for (const { name, purpose } of loaded.unused) {
    logger.info('environment variable of the original is not used', { name, purpose });
  }
  if (loaded.settings.dev) logger.warn(LOG_MESSAGES.developmentOpen);
}

export function logProvider(logger: Logger, report: ProviderReport): void {
  const { module, memory } = report;
  const facts = {
    fips: report.fips,
    cryptoProvider: report.provider,
    library: report.libraryVersion,
    module: module?.name,
    moduleVersion: module?.version,
    moduleSource: module?.source,
    moduleSha256: module?.sha256,
    selfTestsPassed: report.selfTests.filter(({ passed }) => passed).length,
    selfTests: report.selfTests.length,
    memoryLocked: memory.locked,
  };
  if (report.fips === 'required') logger.info(LOG_MESSAGES.fipsRequired, facts);
  else logger.warn(LOG_MESSAGES.fipsOff, facts);
  if (report.provider === 'native' && !memory.locked) logger.warn(LOG_MESSAGES.memoryNotLocked);
}

export function logNodeTls(logger: Logger, report: NodeFipsReport | undefined): void {
  if (report === undefined) return;
  const { openssl, modulePath, sha256 } = report;
  logger.info(LOG_MESSAGES.nodeTlsFips, { openssl, modulePath, moduleSha256: sha256 });
}

export function logPolicies(logger: Logger, policies: PolicySnapshot): void {
  const { source } = policies;
  for (const warning of policies.warnings) {
    logger.warn(problemLine(source.fileName, warning));
  }
  logger.info(LOG_MESSAGES.profilesLoaded, {
    source: source.shipped ? 'shipped with this version' : 'configured',
    directory: source.directory,
    file: source.fileName,
    sha256: policies.sha256,
    profiles: policies.policies.length,
  });
}

/** Writes why the server ends without having served, and returns the exit code that goes with it. */
export function logStartFailure(logger: Logger, error: unknown): ExitCode {
  if (error instanceof ProfilesError) {
    for (const problem of error.problems) logger.error(problemLine('Profiles.yaml', problem));
  }
  if (error instanceof BrokerError) {
    const [firstLine = ''] = error.message.split('\n');
    logger.error(LOG_MESSAGES.startFailed, {
      error: error.code,
      reason: firstLine,
      cause: error.cause instanceof Error ? error.cause.message : undefined,
      next: error.definition.remedy,
    });
    return error.definition.exit;
  }
  logCrash(logger, LOG_MESSAGES.startFailed, error);
  return EXIT.failed;
}

export function logCrash(logger: Logger, message: string, error: unknown): void {
  logger.error(message, {
    reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
}
