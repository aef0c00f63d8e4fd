export {
  PREBUILD_DIRECTORY,
  readManifest as readPackagedModule,
  type PackagedModule,
} from '../addon/load-addon.ts';
export {
  createNativeProvider,
  type NativeProvider,
  type NativeProviderOptions,
} from './native/native-provider.ts';
