// Which versions have something, in words.

import { KMIP_VERSIONS, versionText } from '../../src/kmip/version.ts';

/**
 * `all`, `since 1.2`, `until 1.4`, `1.1 to 1.4`.
 * @param {import('../../src/kmip/tables/facts.ts').Lifetime} lifetime
 */
export function lifetimeText({ since, until }) {
  const isOldest = since === Math.min(...KMIP_VERSIONS);
  if (until === undefined) return isOldest ? 'all' : `since ${versionText(since)}`;
  return isOldest
    ? `until ${versionText(until)}`
    : `${versionText(since)} to ${versionText(until)}`;
}
