import { BrokerError } from '../errors/index.ts';
import { RESULT_REASON } from '../kmip/tables/enumerations.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../kmip/version.ts';
import type { KmipConnection } from './connection.ts';
import { readBatch, writeBatch, type Batch } from './exchange.ts';
import { KmipOperationError } from './failure.ts';
import type { Operation } from './operation.ts';
import { discoverVersions } from './operations.ts';

/** The version that introduced Discover Versions, and so the one in which to ask (KMIP 1.4 §4.26). */
const ASKED_IN: KmipVersion = 11;
/** What a server speaks that does not know Discover Versions. */
const OLDEST: KmipVersion = 10;

/**
 * The version that the server prefers of those known here. A server that knows no Discover Versions speaks 1.0.
 * KMIP_VERSION_UNSUPPORTED when there is none.
 */
export async function negotiate(
  connection: KmipConnection,
  { timeoutMs, maxResponse }: { readonly timeoutMs: number; readonly maxResponse: number },
): Promise<KmipVersion> {
  const batch: Batch<readonly [Operation<readonly KmipVersion[]>]> = {
    version: ASKED_IN,
    operations: [discoverVersions(KMIP_VERSIONS)],
    errorContinuation: 'stop',
    maximumResponseSize: maxResponse,
  };
  const response = await connection.exchange(writeBatch(batch), timeoutMs);
  try {
    const [outcome] = readBatch(response, batch);
    if (outcome.ok) return preferred(outcome.result);
    if (outcome.error.reason === RESULT_REASON.operationNotSupported) return OLDEST;
    throw outcome.error;
  } catch (error) {
    // A server of 1.0 alone refuses the whole message, since it is of a version that it does not know.
    if (error instanceof KmipOperationError && error.operation === undefined) return OLDEST;
    throw error;
  }
}

function preferred([first]: readonly KmipVersion[]): KmipVersion {
  if (first === undefined) {
    throw new BrokerError(
      'KMIP_VERSION_UNSUPPORTED',
      'the server speaks no KMIP version known here',
    );
  }
  return first;
}
