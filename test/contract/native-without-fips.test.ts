import { openNativeWithoutFips } from '../support/providers.ts';
import { describeProvider } from './provider-contract.ts';

// The same core on OpenSSL's default provider: what `fips: off` gives.
describeProvider('native', openNativeWithoutFips);
