export { createCore, type Core, type CoreFacts, type CoreOptions } from './core.ts';
export type { KmipAnswer, KmipCall, KmipExecutor, VerifiedClient } from './executor.ts';
export { restoreCore, type RestoredCore } from './maintenance/restore.ts';
export { parseRootSecret, readRootSecret } from './sealing/root-secret.ts';
export { staticRootSealer, type RootSealer } from './sealing/root-sealer.ts';
