import type { SettingDefinition } from './definitions.ts';

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  1: true,
  false: false,
  off: false,
  0: false,
};

/**
 * The value a text from the environment or the command line stands for. A text that does not fit comes back as it is,
 * and the schema then refuses it in its own words.
 */
export function parseSettingText(definition: SettingDefinition, text: string): unknown {
  switch (definition.type) {
    case 'boolean':
      return BOOLEANS[text.toLowerCase()] ?? text;
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'number':
      return /^(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/.test(text) ? Number(text) : text;
    case 'choice':
      return text.toLowerCase();
    case 'list':
      return text
        .split(definition.separator ?? ':')
        .map((entry) => (definition.separator === undefined ? entry : entry.trim()))
        .filter((entry) => entry !== '');
    case 'text':
      return text;
  }
}
