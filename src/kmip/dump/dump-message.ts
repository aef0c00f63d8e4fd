import { attributeByName, tagFacts } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import { HEADER_LENGTH, tagText, TYPE, typeName } from '../ttlv/types.ts';
import { isShown } from './disclosure.ts';
import { valueText } from './value-text.ts';

/** Structures within one another that are followed: each indents every line within it. */
const DEEPEST = 64;
/** Lines of one dump. */
const MOST_ITEMS = 20_000;

/**
 * A printable dump of TTLV, one line an item, indented. Keys, credentials, data and whatever is not known to be harmless
 * are shown as `(32 bytes, redacted)`. Never throws: bytes that are no TTLV are followed as far as that goes, and the
 * last line says what is wrong at which byte.
 */
export function dumpMessage(bytes: Uint8Array): string {
  const lines: string[] = [];
  try {
    for (const line of dumpLines(bytes)) lines.push(line);
  } catch (error) {
    if (!(error instanceof TtlvError)) throw error;
    lines.push(`!! ${error.message}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** A structure that is being dumped. */
interface Structure {
  readonly tag: number;
  readonly end: number;
  /** Batch Items of it so far. */
  batchItems: number;
  /** Its Attribute Name, which says what its Attribute Value is. */
  attributeName: string | undefined;
  /** It has a Vendor Identification: its Attribute Name is not the specification's. */
  vendor: boolean;
}

/** An item whose header is sound. */
interface Item {
  readonly offset: number;
  readonly tag: number;
  readonly type: number;
  /** Bytes of the value, without padding. */
  readonly length: number;
  /** Offset behind the padding; may lie beyond the end of the structure, or of the bytes. */
  readonly end: number;
}

/** A loop with a stack of its own, because whoever wrote the bytes chose how deep they go. */
function* dumpLines(bytes: Uint8Array): Generator<string> {
  const outer: Structure[] = [];
  let structure = structureOf(0, bytes.byteLength);
  let offset = 0;
  let items = 0;
  let cutOff: TtlvError | undefined;
  for (;;) {
    if (offset >= structure.end) {
      const next = outer.pop();
      if (next === undefined) break;
      structure = next;
      continue;
    }
    const item = itemAt(bytes, offset, structure.end);
    items += 1;
    if (items > MOST_ITEMS) throw new TtlvError('too-many-items', offset, 'too many items');
    const meaning = meaningOf(item, structure);
    const heading = `${'  '.repeat(outer.length)}${headingOf(item, structure)}`;
    const overrun = item.end > structure.end ? overrunOf(item) : undefined;
    if (item.type === TYPE.structure && isShown(meaning, item.type)) {
      yield heading;
      // What there is of a structure that is cut off is shown; the error comes at the end.
      cutOff ??= overrun;
      outer.push(structure);
      if (outer.length > DEEPEST) throw new TtlvError('too-deep', offset, 'too deep to follow');
      structure = structureOf(item.tag, Math.min(item.end, structure.end));
      offset += HEADER_LENGTH;
    } else {
      if (overrun !== undefined) {
        yield heading;
        throw cutOff ?? overrun;
      }
      const value = bytes.subarray(offset, item.end);
      yield `${heading} ${relocated(offset, () => shownValue(item, value, meaning))}`;
      relocated(offset, () => {
        noteContext(item, value, structure);
      });
      offset = item.end;
    }
  }
  if (cutOff !== undefined) throw cutOff;
}

function structureOf(tag: number, end: number): Structure {
  return { tag, end, batchItems: 0, attributeName: undefined, vendor: false };
}

function itemAt(bytes: Uint8Array, offset: number, end: number): Item {
  if (end - offset < HEADER_LENGTH) {
    throw new TtlvError('truncated', offset, 'fewer than 8 bytes of a header');
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_LENGTH);
  const type = header.getUint8(3);
  if (type < TYPE.structure || type > TYPE.dateTimeExtended) {
    throw new TtlvError('bad-type', offset, `${typeName(type)} does not exist`);
  }
  const length = header.getUint32(4);
  const padding = -length & 7;
  return {
    offset,
    tag: header.getUint32(0) >>> 8,
    type,
    length,
    end: offset + HEADER_LENGTH + length + padding,
  };
}

function overrunOf({ length, offset }: Item): TtlvError {
  return new TtlvError('truncated', offset, `a value of ${length} bytes is cut off`);
}

/** The tag that says what a value means: for an Attribute Value of 1.x that of the attribute; 0 when nobody knows. */
function meaningOf({ tag }: Item, { attributeName, vendor }: Structure): number {
  if (tag !== TAG.attributeValue) return tag;
  if (vendor || attributeName === undefined) return 0;
  return attributeByName(attributeName)?.tag ?? 0;
}

/** `Batch Item 2 [0x42000f Structure 96]` */
function headingOf({ tag, type, length }: Item, structure: Structure): string {
  let name = tagFacts(tag)?.name ?? 'Unknown';
  if (tag === TAG.batchItem) {
    structure.batchItems += 1;
    name += ` ${structure.batchItems}`;
  }
  return `${name} [${tagText(tag)} ${typeName(type)} ${length}]`;
}

function shownValue({ type, length }: Item, value: Uint8Array, meaning: number): string {
  return isShown(meaning, type)
    ? valueText(new TtlvReader(value, UNLIMITED), meaning)
    : `(${length} bytes, redacted)`;
}

/** Remembers what the values that follow in this structure depend on. */
function noteContext({ tag, type }: Item, value: Uint8Array, structure: Structure): void {
  if (structure.tag !== TAG.attribute || type !== TYPE.textString) return;
  if (tag === TAG.vendorIdentification) structure.vendor = true;
  if (tag === TAG.attributeName) {
    structure.attributeName = new TtlvReader(value, UNLIMITED).text(tag);
  }
}

/** The bytes are here already and nothing is copied beyond what is printed. */
const UNLIMITED = {
  messageLength: Infinity,
  depth: 1,
  items: 1,
  fieldLength: Infinity,
  bigIntegerLength: Infinity,
} as const;

/** Runs `step` on an item that was read by itself; an error is placed where the item stands. */
function relocated<T>(offset: number, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof TtlvError) throw new TtlvError(error.kind, offset, error.reason);
    throw error;
  }
}
