import { KmipFailure } from '../failure.ts';
import { ASYNCHRONOUS_INDICATOR, BATCH_ERROR_CONTINUATION_OPTION } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import type { ErrorContinuation, RequestHeader } from './message.ts';
import { namedVersion, writeNamedVersion } from './protocol-version.ts';

/** Characters of a correlation value; it is only echoed. */
const MAXIMUM_CORRELATION = 1024;

/** Credentials of one header; real clients send one. */
const MAXIMUM_CREDENTIALS = 8;

/** Attestation types of one header; three exist. */
const MAXIMUM_ATTESTATION_TYPES = 16;

/**
 * Reads the fields of a Request Header that follow Protocol Version (KMIP 1.4 §7.2, 2.1 §8.2), up to its end. Vendors' own
 * tags between them are passed over.
 */
export function readRequestHeader(reader: TtlvReader, version: KmipVersion): RequestHeader {
  const header: Mutable<RequestHeader> = {
    version,
    hasAuthentication: false,
    errorContinuation: 'stop',
    batchCount: 0,
  };
  if (standsAt(reader, TAG.maximumResponseSize)) {
    header.maximumResponseSize = readSize(reader);
  }
  if (version >= 14) {
    if (standsAt(reader, TAG.clientCorrelationValue)) {
      header.clientCorrelationValue = readCorrelation(reader, TAG.clientCorrelationValue);
    }
    if (standsAt(reader, TAG.serverCorrelationValue)) {
      header.serverCorrelationValue = readCorrelation(reader, TAG.serverCorrelationValue);
    }
  }
  if (standsAt(reader, TAG.asynchronousIndicator)) {
    header.asynchronous = readAsynchronous(reader, version);
  }
  if (version >= 12) passAttestation(reader);
  if (standsAt(reader, TAG.authentication)) {
    passAuthentication(reader);
    header.hasAuthentication = true;
  }
  if (standsAt(reader, TAG.batchErrorContinuationOption)) {
    header.errorContinuation = readContinuation(reader);
  }
  // The order of a batch is always kept.
  if (standsAt(reader, TAG.batchOrderOption)) reader.boolean(TAG.batchOrderOption);
  if (standsAt(reader, TAG.timeStamp)) header.timeStamp = reader.dateTime(TAG.timeStamp);
  passExtensions(reader);
  header.batchCount = reader.integer(TAG.batchCount);
  passExtensions(reader);
  return header;
}

/** Writes a whole Request Header. A credential cannot be written: RangeError. */
export function writeRequestHeader(writer: TtlvWriter, header: RequestHeader): void {
  if (header.hasAuthentication) throw new RangeError('credentials are not kept');
  const { version } = header;
  writer.begin(TAG.requestHeader);
  writeNamedVersion(writer, namedVersion(version));
  if (header.maximumResponseSize !== undefined) {
    writer.integer(TAG.maximumResponseSize, header.maximumResponseSize);
  }
  if (version >= 14 && header.clientCorrelationValue !== undefined) {
    writer.text(TAG.clientCorrelationValue, header.clientCorrelationValue);
  }
  if (version >= 14 && header.serverCorrelationValue !== undefined) {
    writer.text(TAG.serverCorrelationValue, header.serverCorrelationValue);
  }
  if (header.asynchronous !== undefined) writeAsynchronous(writer, header.asynchronous, version);
  if (header.errorContinuation !== 'stop') {
    writer.enumeration(
      TAG.batchErrorContinuationOption,
      BATCH_ERROR_CONTINUATION_OPTION[header.errorContinuation],
    );
  }
  if (header.timeStamp !== undefined) writer.dateTime(TAG.timeStamp, header.timeStamp);
  writer.integer(TAG.batchCount, header.batchCount);
  writer.end();
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Passes vendors' tags over and says whether this field is next. */
function standsAt(reader: TtlvReader, tag: number): boolean {
  const next = reader.nextTag();
  if (next === tag) return true;
  if (!isExtension(next)) return false;
  passExtensions(reader);
  return reader.has(tag);
}

function passExtensions(reader: TtlvReader): void {
  while (isExtension(reader.nextTag())) reader.skip();
}

/** Tags from 0x540000 are for extensions (KMIP 1.4 §9.1.3.1). */
function isExtension(tag: number): boolean {
  return tag >>> 16 === 0x54;
}

function readSize(reader: TtlvReader): number {
  const size = reader.integer(TAG.maximumResponseSize);
  if (size < 0) throw new KmipFailure('invalidField', 'the maximum response size is negative');
  return size;
}

function readCorrelation(reader: TtlvReader, tag: number): string {
  const value = reader.text(tag);
  if (value.length > MAXIMUM_CORRELATION) {
    throw new KmipFailure(
      'invalidField',
      `a correlation value has more than ${MAXIMUM_CORRELATION} characters`,
    );
  }
  return value;
}

/** 1.x: whether an asynchronous answer is understood; 2.x: whether one is wanted. */
function readAsynchronous(
  reader: TtlvReader,
  version: KmipVersion,
): NonNullable<RequestHeader['asynchronous']> {
  if (!isVersion2(version)) {
    return reader.boolean(TAG.asynchronousIndicator) ? 'optional' : 'prohibited';
  }
  switch (reader.enumeration(TAG.asynchronousIndicator)) {
    case ASYNCHRONOUS_INDICATOR.mandatory:
      return 'mandatory';
    case ASYNCHRONOUS_INDICATOR.optional:
      return 'optional';
    case ASYNCHRONOUS_INDICATOR.prohibited:
      return 'prohibited';
    default:
      throw new KmipFailure('invalidField', 'the asynchronous indicator is unknown');
  }
}

function writeAsynchronous(
  writer: TtlvWriter,
  asynchronous: NonNullable<RequestHeader['asynchronous']>,
  version: KmipVersion,
): void {
  if (isVersion2(version)) {
    writer.enumeration(TAG.asynchronousIndicator, ASYNCHRONOUS_INDICATOR[asynchronous]);
  } else {
    writer.boolean(TAG.asynchronousIndicator, asynchronous !== 'prohibited');
  }
}

/** Whether the client can attest itself is nothing that any answer depends on. */
function passAttestation(reader: TtlvReader): void {
  if (standsAt(reader, TAG.attestationCapableIndicator)) {
    reader.boolean(TAG.attestationCapableIndicator);
  }
  for (let count = 0; standsAt(reader, TAG.attestationType); count += 1) {
    if (count >= MAXIMUM_ATTESTATION_TYPES) {
      throw new KmipFailure('invalidField', 'too many attestation types');
    }
    reader.enumeration(TAG.attestationType);
  }
}

/** Checks that there are credentials of some type, and drops them: the certificate says who the client is. */
function passAuthentication(reader: TtlvReader): void {
  reader.enter(TAG.authentication);
  let count = 0;
  do {
    count += 1;
    if (count > MAXIMUM_CREDENTIALS) throw new KmipFailure('invalidField', 'too many credentials');
    reader.enter(TAG.credential);
    reader.enumeration(TAG.credentialType);
    // What a credential is made of is up to its type, and to vendors.
    reader.skipRest();
    reader.leave();
    passExtensions(reader);
  } while (!reader.atEnd());
  reader.leave();
}

function readContinuation(reader: TtlvReader): ErrorContinuation {
  switch (reader.enumeration(TAG.batchErrorContinuationOption)) {
    case BATCH_ERROR_CONTINUATION_OPTION.continue:
      return 'continue';
    case BATCH_ERROR_CONTINUATION_OPTION.stop:
      return 'stop';
    case BATCH_ERROR_CONTINUATION_OPTION.undo:
      return 'undo';
    default:
      throw new KmipFailure('invalidField', 'the batch error continuation option is unknown');
  }
}
