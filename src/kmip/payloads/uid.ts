import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TYPE } from '../ttlv/types.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import type { UidReference } from './payload-codec.ts';

/** Characters of a Unique Identifier that can name an object here; ours have 36, `tenant:key:version` some more. */
const MAXIMUM_UID = 255;

/** The enumeration value of a Unique Identifier that means the ID Placeholder (KMIP 2.1 §4.58). */
const ID_PLACEHOLDER = 1;

const PLACEHOLDER: UidReference = { kind: 'placeholder' };

/** Reads how a request names its object: an optional field, which says ID Placeholder when it is not there. */
export function readUidReference(reader: TtlvReader, version: KmipVersion): UidReference {
  if (!reader.has(TAG.uniqueIdentifier)) return PLACEHOLDER;
  if (isVersion2(version)) {
    const type = reader.nextType();
    if (type === TYPE.integer) {
      return { kind: 'batch-item', index: reader.integer(TAG.uniqueIdentifier) };
    }
    if (type === TYPE.enumeration) {
      if (reader.enumeration(TAG.uniqueIdentifier) === ID_PLACEHOLDER) return PLACEHOLDER;
      // By the kind of an earlier operation: nothing keeps these apart here.
      throw new KmipFailure(
        'featureNotSupported',
        'a unique identifier is a text, a batch position or the id placeholder',
      );
    }
  }
  const uid = withoutPadding(reader.text(TAG.uniqueIdentifier));
  if (uid.length > MAXIMUM_UID) {
    throw new KmipFailure(
      'invalidField',
      `a unique identifier has more than ${MAXIMUM_UID} characters`,
    );
  }
  return { kind: 'text', uid };
}

/**
 * The text by which a Request Payload names its object in its first field, for logs; undefined when it names none, or by a
 * place in the batch, or not as it should. Never throws.
 */
export function namedUid(payload: Uint8Array, version: KmipVersion): string | undefined {
  try {
    const reader = new TtlvReader(payload);
    reader.enter(TAG.requestPayload);
    const reference = readUidReference(reader, version);
    return reference.kind === 'text' ? reference.uid : undefined;
  } catch {
    // The operation itself says what is wrong.
    return undefined;
  }
}

/** Writes what `readUidReference` reads. A batch position before 2.0 is RangeError. */
export function writeUidReference(
  writer: TtlvWriter,
  reference: UidReference,
  version: KmipVersion,
): void {
  switch (reference.kind) {
    case 'text':
      writer.text(TAG.uniqueIdentifier, reference.uid);
      break;
    case 'batch-item':
      if (!isVersion2(version)) throw new RangeError('a batch position is of KMIP 2.0');
      writer.integer(TAG.uniqueIdentifier, reference.index);
      break;
    case 'placeholder':
      // Named by not being there, in every version.
      break;
  }
}

/** Db2 counts the zero padding into the length of a Unique Identifier; such NULs are at the end only. */
function withoutPadding(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
