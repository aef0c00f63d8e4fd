import { tagFacts } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import { TYPE } from '../ttlv/types.ts';

/** Fields that hold secrets, whatever type they come in; a structure of this kind is not looked into. */
const SEALED: ReadonlySet<number> = new Set<number>([
  TAG.keyMaterial,
  TAG.key,
  TAG.d,
  TAG.p,
  TAG.q,
  TAG.x,
  TAG.privateExponent,
  TAG.primeExponentP,
  TAG.primeExponentQ,
  TAG.crtCoefficient,
  TAG.credentialValue,
  TAG.password,
  TAG.hashedPassword,
  TAG.serverHashedPassword,
  TAG.oneTimePassword,
  TAG.ticketValue,
  TAG.data,
  TAG.signatureData,
  TAG.macData,
  TAG.macSignature,
  TAG.digestedData,
  TAG.ivCounterNonce,
  TAG.initializationVector,
  TAG.initialCounterValue,
  TAG.nonce,
  TAG.salt,
  TAG.derivationData,
  TAG.authenticatedEncryptionTag,
  TAG.authenticatedEncryptionAdditionalData,
  TAG.opaqueDataValue,
  TAG.vendorExtension,
  TAG.pkcs11InputParameters,
  TAG.pkcs11OutputParameters,
]);

/** The only texts that are shown: names and identifiers, no free text of a user. */
const SHOWN_TEXTS: ReadonlySet<number> = new Set<number>([
  TAG.uniqueIdentifier,
  TAG.privateKeyUniqueIdentifier,
  TAG.publicKeyUniqueIdentifier,
  TAG.replacedUniqueIdentifier,
  TAG.certificateRequestUniqueIdentifier,
  TAG.linkedObjectIdentifier,
  TAG.attributeName,
  TAG.nameValue,
  TAG.alternativeNameValue,
  TAG.rotateNameValue,
  TAG.objectGroup,
  TAG.operationPolicyName,
  TAG.contactInformation,
  TAG.applicationNamespace,
  TAG.applicationData,
  TAG.resultMessage,
  TAG.vendorIdentification,
  TAG.clientCorrelationValue,
  TAG.serverCorrelationValue,
  TAG.extensionName,
  TAG.extensionDescription,
  TAG.serverName,
  TAG.serverSerialNumber,
  TAG.serverVersion,
  TAG.serverLoad,
  TAG.serverUri,
  TAG.productName,
  TAG.buildLevel,
  TAG.buildDate,
  TAG.clusterInfo,
  TAG.validationAuthorityCountry,
  TAG.validationAuthorityUri,
  TAG.validationCertificateIdentifier,
  TAG.validationCertificateUri,
  TAG.validationVendorUri,
  TAG.validationProfile,
]);

/** The only byte strings that are shown. A digest is not: that of a short secret gives the secret away. */
const SHOWN_BYTES: ReadonlySet<number> = new Set<number>([
  TAG.uniqueBatchItemId,
  TAG.asynchronousCorrelationValue,
  TAG.shortUniqueIdentifier,
]);

/**
 * Whether a dump may show the value of this field, or look into it. What no list names stays hidden: unknown tags of
 * every type, and texts and bytes that are not known to be harmless. Numbers, dates and enumerations of known fields are.
 */
export function isShown(tag: number, type: number): boolean {
  if (SEALED.has(tag) || tagFacts(tag) === undefined) return false;
  switch (type) {
    case TYPE.textString:
      return SHOWN_TEXTS.has(tag);
    case TYPE.byteString:
      return SHOWN_BYTES.has(tag);
    case TYPE.bigInteger:
      return false;
    default:
      return true;
  }
}
