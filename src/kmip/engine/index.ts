export { createEngine, type MessageEngine } from './create-engine.ts';
export {
  DEFAULT_ENGINE_LIMITS,
  type EngineClock,
  type EngineLimits,
  type EngineOptions,
} from './engine-options.ts';
export type { BeginScope, MessageScope } from './message-scope.ts';
export type { EncodedResponse, ItemContext, ItemExecutor, ItemResult } from './engine.ts';
