import { string, type TSchema, type TString } from '../schema.ts';
import type { SettingScope, SettingSpelling } from '../setting.ts';

/** Programs that run. */
export const PROGRAMS: readonly SettingScope[] = ['server', 'gateway', 'core'];

/** Adds to a schema how the setting is spelt; `description` says what it decides, with its unit. */
export function setting<S extends TSchema>(
  schema: S,
  description: string,
  spelling: SettingSpelling,
): S {
  return Object.assign(schema, { description, setting: spelling });
}

const CONTROL_FREE = '[^\\u0000-\\u001f\\u007f]*';

export const absolutePath = (keywords: { readonly default?: string } = {}): TString =>
  string({
    pattern: `^/${CONTROL_FREE}$`,
    maxLength: 4096,
    problem: 'must be an absolute path without control characters',
    ...keywords,
  });

/** A path that may be relative to where the command is called. */
export const anyPath = (): TString =>
  string({
    pattern: `^${CONTROL_FREE}$`,
    minLength: 1,
    maxLength: 4096,
    problem: 'must be a path without control characters',
  });

/** `127.0.0.1:5696`, `[::1]:5696`, `core.example:7443`; port 0 lets the system choose. */
export const endpoint = (keywords: { readonly default?: string } = {}): TString =>
  string({
    pattern: '^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}$',
    maxLength: 260,
    problem: 'must be HOST:PORT',
    ...keywords,
  });

/** Letters, digits and . _ - as in a host name or an identifier. */
export const name = (keywords: { readonly default?: string } = {}): TString =>
  string({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
    problem: 'must be letters, digits and . _ - and begin with a letter or digit',
    ...keywords,
  });
