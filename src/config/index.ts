export { HISTORIC_SOCKETS } from './defaults.ts';
export { SETTINGS, settingFlags, type SettingDefinition, type SettingFlag } from './definitions.ts';
export { UNUSED_VARIABLES, type Environment } from './foreign-variables.ts';
export { cachePlaces, loadSettings, type LoadOptions } from './load.ts';
export type { LoadedSettings, SettingRow, SettingSource, UnusedVariable } from './loaded.ts';
export type { Flags, HostFacts } from './given-values.ts';
export type { SettingScope } from './setting.ts';
export type { Settings } from './settings.ts';
