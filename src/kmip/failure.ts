import { isVersion2, type KmipVersion } from './version.ts';

/**
 * Every way an operation fails, with the Result Reason each family of versions has for it (KMIP 1.4 §9.1.3.2.28,
 * 2.1 §11.48): [1.x, 2.x].
 */
export const FAILURES = {
  itemNotFound: [0x01, 0x37],
  responseTooLarge: [0x02, 0x02],
  authenticationNotSuccessful: [0x03, 0x03],
  invalidMessage: [0x04, 0x04],
  unsupportedProtocolVersion: [0x04, 0x3f],
  operationNotSupported: [0x05, 0x05],
  missingData: [0x06, 0x06],
  invalidField: [0x07, 0x07],
  featureNotSupported: [0x08, 0x08],
  operationCanceled: [0x09, 0x09],
  cryptographicFailure: [0x0a, 0x0a],
  illegalOperation: [0x0b, 0x05],
  permissionDenied: [0x0c, 0x0c],
  keyFormatNotSupported: [0x10, 0x10],
  keyCompressionNotSupported: [0x11, 0x11],
  keyWrapNotSupported: [0x08, 0x42],
  sensitive: [0x16, 0x16],
  notExtractable: [0x17, 0x17],
  objectAlreadyExists: [0x18, 0x18],
  objectDestroyed: [0x01, 0x36],
  wrongState: [0x0c, 0x43],
  invalidObjectType: [0x07, 0x30],
  invalidAttribute: [0x07, 0x2c],
  invalidAttributeValue: [0x07, 0x2d],
  attributeNotFound: [0x01, 0x21],
  attributeInstanceNotFound: [0x0e, 0x20],
  attributeReadOnly: [0x0c, 0x22],
  attributeSingleValued: [0x07, 0x23],
  unsupportedAttribute: [0x07, 0x1f],
  incompatibleUsageMask: [0x0c, 0x29],
  nonUniqueName: [0x07, 0x35],
  unknownTemplate: [0x01, 0x37],
  serverLimitExceeded: [0x100, 0x3a],
  protectionStorageUnavailable: [0x100, 0x44],
  generalFailure: [0x100, 0x100],
} as const satisfies Record<string, readonly [number, number]>;

export type Failure = keyof typeof FAILURES;

/** The Result Reason of a failure in the family of `version`. */
export function resultReason(failure: Failure, version: KmipVersion): number {
  return FAILURES[failure][isVersion2(version) ? 1 : 0];
}

/**
 * An operation, or a whole message, that is refused. `message` becomes the Result Message: safe to show, no secret, no
 * other tenant's facts, at most 256 characters.
 */
export class KmipFailure extends Error {
  override readonly name = 'KmipFailure';
  readonly failure: Failure;

  constructor(failure: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
