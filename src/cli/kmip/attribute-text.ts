import { attributeFacts, type AttributeName } from '../../kmip/attributes/attribute-name.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { writeValue, type TtlvValue } from '../../kmip/attributes/value.ts';
import { valueText } from '../../kmip/dump/value-text.ts';
import { tagFacts } from '../../kmip/tables/look-up.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../kmip/ttlv/writer.ts';
import { tagText } from '../../kmip/ttlv/types.ts';

/** Attributes by name, each with the texts of its instances: enumerations, masks and dates as a dump shows them. */
export function attributeTexts(
  attributes: AttributeSet,
): readonly (readonly [AttributeName, readonly string[]])[] {
  return attributes
    .names()
    .map((name) => [
      name,
      attributes
        .all(name)
        .map(({ value }) => text(value, attributeFacts(name)?.tag ?? TAG.attributeValue)),
    ]);
}

function text(value: TtlvValue, tag: number): string {
  if (value.type === 'structure') {
    return value.fields
      .map(
        (field) =>
          `${tagFacts(field.tag)?.name ?? tagText(field.tag)}: ${text(field.value, field.tag)}`,
      )
      .join(', ');
  }
  const writer = new TtlvWriter();
  writeValue(writer, tag, value);
  return valueText(new TtlvReader(writer.finish()), tag);
}
