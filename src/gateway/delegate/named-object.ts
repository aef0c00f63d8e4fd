import { KmipFailure } from '../../kmip/failure.ts';
import type { ItemContext } from '../../kmip/engine/index.ts';
import { readUidReference } from '../../kmip/payloads/uid.ts';
import type { UidReference } from '../../kmip/payloads/payload-codec.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import { TtlvError } from '../../kmip/ttlv/ttlv-error.ts';
import type { TtlvWriter } from '../../kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../kmip/version.ts';

/** What of a message says which object an item means. */
export type BatchPosition = Pick<ItemContext<unknown>, 'placeholder' | 'uidOfItem' | 'index'>;

/** The Unique Identifier that a request means. KmipFailure itemNotFound when nothing before it has set one. */
export function resolveUid(reference: UidReference, position: BatchPosition): string {
  switch (reference.kind) {
    case 'text':
      return reference.uid;
    case 'placeholder':
      if (position.placeholder !== undefined) return position.placeholder;
      throw new KmipFailure('itemNotFound', 'no object is named and the id placeholder is empty');
    case 'batch-item': {
      const { index } = reference;
      const uid = position.uidOfItem(index < 0 ? position.index + index : index);
      if (uid !== undefined) return uid;
      throw new KmipFailure('itemNotFound', 'that item of the batch has no object');
    }
  }
}

/** The object that a Request Payload names in its first field. */
export function objectOf(
  payload: Uint8Array,
  version: KmipVersion,
  position: BatchPosition,
): string {
  const reader = new TtlvReader(payload);
  reader.enter(TAG.requestPayload);
  try {
    return resolveUid(readUidReference(reader, version), position);
  } catch (error) {
    if (!(error instanceof TtlvError)) throw error;
    throw new KmipFailure('invalidField', error.message, { cause: error });
  }
}

/**
 * Writes a Request Payload with its object named by text, everything else as it came: the Core sees one item of a batch, so
 * a placeholder or a position in the batch would mean nothing to it.
 */
export function writeNaming(writer: TtlvWriter, payload: Uint8Array, uid: string): void {
  const reader = new TtlvReader(payload);
  reader.enter(TAG.requestPayload);
  if (reader.has(TAG.uniqueIdentifier)) reader.skip();
  writer.begin(TAG.requestPayload);
  writer.text(TAG.uniqueIdentifier, uid);
  while (!reader.atEnd()) writer.raw(reader.item());
  writer.end();
}
