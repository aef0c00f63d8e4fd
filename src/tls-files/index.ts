export { certificateSamples, numbered } from './certificate-samples.ts';
export { requireCa, requirePair } from './check-tls-files.ts';
export { readTlsFile } from './read-tls-file.ts';
export type { RefuseTlsFile, TlsFileKind } from './refuse-tls-file.ts';
