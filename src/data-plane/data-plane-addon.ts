import type { NativeAddon } from '../addon/addon.ts';
import type { NativeDataPlaneExports } from '../addon/data-plane.ts';
import { loadAddon } from '../addon/load-addon.ts';
import type { PolicyAddon } from '../crypto/native/native-policy.ts';
import { BrokerError } from '../errors/index.ts';

/** What the data plane needs of the addon: its own exports, and the compiling of certificate policies. */
export type DataPlaneAddon = NativeDataPlaneExports & PolicyAddon;

/** The addon of this process. Throws ADDON_UNUSABLE, also for an older build, which has no data plane. */
export function loadDataPlaneAddon(): DataPlaneAddon {
  const { addon } = loadAddon();
  if (servesDataPlane(addon)) return addon;
  throw new BrokerError('ADDON_UNUSABLE', 'this build of the native core serves no connections');
}

function servesDataPlane(
  addon: NativeAddon & Partial<NativeDataPlaneExports>,
): addon is NativeAddon & NativeDataPlaneExports {
  return addon.dataPlaneStart !== undefined;
}
