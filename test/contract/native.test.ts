import { openNative } from '../support/providers.ts';
import { describeProvider } from './provider-contract.ts';

describeProvider('native', openNative);
