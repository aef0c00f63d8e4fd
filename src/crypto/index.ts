export {
  createNativeProvider,
  type NativeProvider,
  type NativeProviderOptions,
} from './native/native-provider.ts';
