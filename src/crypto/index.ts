export { PREBUILD_DIRECTORY } from './native/load-addon.ts';
export {
  createNativeProvider,
  type NativeProvider,
  type NativeProviderOptions,
} from './native/native-provider.ts';
