import type { NativeAddon } from '../../addon/addon.ts';
import type { NativeClientExports } from '../../addon/client-session.ts';
import { loadAddon } from '../../addon/load-addon.ts';
import { BrokerError } from '../../errors/index.ts';

/** Loads the addon, once per process. ADDON_UNUSABLE when it cannot be loaded, or is of a build without client sessions. */
export function loadClientAddon(): NativeClientExports {
  const { addon } = loadAddon();
  if (hasClientSessions(addon)) return addon;
  throw new BrokerError(
    'ADDON_UNUSABLE',
    'the native core is of another version: run `npm run setup`',
  );
}

function hasClientSessions(
  addon: NativeAddon & Partial<NativeClientExports>,
): addon is NativeAddon & NativeClientExports {
  return typeof addon.clientSessionCreate === 'function';
}
