import { OPERATION } from '../../kmip/tables/enumerations.ts';

/** How a delegated request names its object, and what its answer names. */
export interface DelegatedOperation {
  /** Its first field is a Unique Identifier, or else the ID Placeholder is meant. */
  readonly namesObject: boolean;
  /** What the answer names is the ID Placeholder from then on (KMIP 1.4 §6.4). */
  readonly makesObject: boolean;
  /** Its answer says again what the request says: an attribute with its value. */
  readonly echoes?: true;
}

const ON_OBJECT: DelegatedOperation = { namesObject: true, makesObject: false };
const SETS: DelegatedOperation = { ...ON_OBJECT, echoes: true };
const MAKES: DelegatedOperation = { namesObject: false, makesObject: true };
const FROM_OBJECT: DelegatedOperation = { namesObject: true, makesObject: true };
const PLAIN: DelegatedOperation = { namesObject: false, makesObject: false };

/**
 * Operations that are the Core's to decide or to do. It answers those that it does not support itself: a later Core may
 * know more than this Gateway.
 */
export const DELEGATED: ReadonlyMap<number, DelegatedOperation> = new Map([
  [OPERATION.revoke, ON_OBJECT],
  [OPERATION.destroy, ON_OBJECT],
  [OPERATION.archive, ON_OBJECT],
  [OPERATION.recover, ON_OBJECT],
  [OPERATION.addAttribute, SETS],
  [OPERATION.modifyAttribute, SETS],
  [OPERATION.deleteAttribute, ON_OBJECT],
  [OPERATION.setAttribute, ON_OBJECT],
  [OPERATION.adjustAttribute, ON_OBJECT],
  [OPERATION.obtainLease, ON_OBJECT],
  [OPERATION.getUsageAllocation, ON_OBJECT],
  [OPERATION.encrypt, ON_OBJECT],
  [OPERATION.decrypt, ON_OBJECT],
  [OPERATION.sign, ON_OBJECT],
  [OPERATION.signatureVerify, ON_OBJECT],
  [OPERATION.mac, ON_OBJECT],
  [OPERATION.macVerify, ON_OBJECT],
  [OPERATION.export, ON_OBJECT],

  [OPERATION.register, MAKES],
  [OPERATION.import, MAKES],
  [OPERATION.createKeyPair, MAKES],
  [OPERATION.createSplitKey, MAKES],
  [OPERATION.joinSplitKey, MAKES],
  [OPERATION.deriveKey, MAKES],

  [OPERATION.reKey, FROM_OBJECT],
  [OPERATION.certify, FROM_OBJECT],
  [OPERATION.reCertify, FROM_OBJECT],

  [OPERATION.reKeyKeyPair, MAKES],
  [OPERATION.validate, PLAIN],
  [OPERATION.hash, PLAIN],
  [OPERATION.rngRetrieve, PLAIN],
  [OPERATION.rngSeed, PLAIN],
  [OPERATION.cancel, PLAIN],
  [OPERATION.poll, PLAIN],
]);
