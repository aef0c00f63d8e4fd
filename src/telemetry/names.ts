/** Names that logs are searched by. They are part of the product's interface: dashboards depend on them. */

/** Value of `service` in every line of the server, as the original writes it. */
export const SERVER_SERVICE = 'crypto-broker-server';

/** The same of the Gateway and of the reference Core. */
export const GATEWAY_SERVICE = 'crypto-broker-gateway';
export const CORE_SERVICE = 'crypto-broker-core';

/** Texts of the lines an operator looks for. */
export const LOG_MESSAGES = {
  starting: 'starting crypto broker server',
  startingGateway: 'starting krypton gateway',
  startingCore: 'starting reference core',
  vaultCheck: 'looking at every page of a large vault before serving',
  vaultTrouble: 'the vault takes nothing new at present',
  vaultRecovered: 'the vault takes new keys again',
  vaultLost: 'the vault has ended by itself',
  nodeTlsFips: "Node's own TLS runs on the FIPS provider",
  fipsRequired: 'FIPS provider is required and answers',
  fipsOff: 'FIPS mode is off: nothing this server does is bound to a FIPS provider',
  memoryNotLocked: 'key memory is not locked: keys may be written to swap (raise ulimit -l)',
  developmentOpen: 'development methods are open: not for production',
  profilesLoaded: 'profiles loaded',
  serving: 'serving',
  callFinished: 'finished call',
  callIncident: 'call failed inside the server',
  stopping: 'stopping',
  callsCutOff: 'calls were cut off because they did not end in time',
  stopped: 'stopped',
  startFailed: 'start failed',
  crashed: 'stopping after an error that nothing handled',
  linesDropped: 'log lines were dropped because the log is not read fast enough',
  telemetryListening: 'listening for metrics and probes',
  exportTlsFips: 'telemetry is exported by TLS on the FIPS provider',
  exportFailed: 'telemetry could not be exported',
  exportInTheClear: 'telemetry leaves this machine unencrypted',
  metricsSourceFailed: 'a source of metrics is left out',
} as const;
