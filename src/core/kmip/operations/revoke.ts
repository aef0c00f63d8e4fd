import { KmipFailure } from '../../../kmip/failure.ts';
import { revoke, type RevokeRequest } from '../../../kmip/payloads/revoke.ts';
import { OBJECT_TYPE, REVOCATION_REASON_CODE } from '../../../kmip/tables/enumerations.ts';
import { enumerationFacts } from '../../../kmip/tables/look-up.ts';
import { TAG } from '../../../kmip/tables/tags.ts';
import { UPLINK_LIMITS } from '../../../uplink-wire/index.ts';
import type { RevocationReason } from '../../keys/lifecycle.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/**
 * Revoke (KMIP 1.4 §4.20, 2.1 §6.1.44): a compromise makes an object Compromised, also one that is destroyed already; every
 * other reason makes an active one Deactivated.
 */
export const revokeKey: CoreOperation = (call) => {
  const request = decodePayload(revoke, call);
  const reason = readReason(request);
  const { key, uid } = findKey(request.uid, call);
  const occurredAt = request.compromiseOccurrenceDate;
  if (COMPROMISES.has(reason.code)) {
    call.work.transition(key.uid, {
      ...{ kind: 'compromise', by: 'client', reason },
      ...(occurredAt !== undefined && { occurredAt }),
    });
  } else {
    if (key.objectType === OBJECT_TYPE.opaqueObject) {
      throw new KmipFailure('illegalOperation', 'opaque objects have no state');
    }
    call.work.transition(key.uid, { kind: 'deactivate', by: 'client', reason });
  }
  return success(revoke, call.version, { uid });
};

const COMPROMISES: ReadonlySet<number> = new Set([
  REVOCATION_REASON_CODE.keyCompromise,
  REVOCATION_REASON_CODE.caCompromise,
]);

/** Values of enumerations from here on are extensions (KMIP 1.4 §9.1.3.2): reasons like any other. */
const EXTENSIONS = 0x8000_0000;

function readReason({ reasonCode, reasonMessage = '' }: RevokeRequest): RevocationReason {
  const isKnown = enumerationFacts(TAG.revocationReasonCode, reasonCode) !== undefined;
  if (!isKnown && reasonCode < EXTENSIONS) {
    throw new KmipFailure('invalidField', 'the revocation reason is unknown');
  }
  if (Buffer.byteLength(reasonMessage) > UPLINK_LIMITS.text) {
    throw new KmipFailure(
      'invalidField',
      `a revocation message has at most ${UPLINK_LIMITS.text} bytes`,
    );
  }
  return { code: reasonCode, message: reasonMessage };
}
