import { namedVersion } from '../../../kmip/messages/protocol-version.ts';
import { discoverVersions } from '../../../kmip/payloads/discover-versions.ts';
import { KMIP_VERSIONS } from '../../../kmip/version.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Discover Versions (KMIP 1.4 §4.26, 2.1 §6.1.14): those that both sides know, the newest first. */
export const discover: CoreOperation = (call) => {
  const { versions: wanted } = decodePayload(discoverVersions, call);
  const versions = KMIP_VERSIONS.map(namedVersion).filter(
    ({ major, minor }) =>
      wanted.length === 0 ||
      wanted.some((version) => version.major === major && version.minor === minor),
  );
  return success(discoverVersions, call.version, { versions });
};
