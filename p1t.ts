const t0=performance.now();
const { loadSettings, settingFlags } = await import('./src/config/index.ts');
const t1=performance.now();
const l=loadSettings({scope:'server',flags:{dev:true,socket:['/x']},env:{CRYPTO_BROKER_LOG_LEVEL:'debug',CRYPTO_BROKER_LOG_LEVLE:'x',OTEL_SERVICE_NAME:'y',CRYPTO_BROKER_PORT_50051_TCP:'z'}});
const t2=performance.now();
const { parseProfiles } = await import('./src/profile/index.ts');
const t3=performance.now();
const y=`
- Name: Default
  Settings: {CryptoLibrary: native}
  API:
    HashData: {HashAlg: sha3-512}
    SignCertificate:
      SignAlg: ecdsa
      HashAlg: sha-512
      Validity: {ValidNotBeforeOffset: -1h, ValidNotAfterOffset: 8760h}
      KeyConstraints:
        Subject: {RSA: {MinKeySize: 2048, MaxKeySize: 4096}, ECDSA: {MinKeySize: 256, MaxKeySize: 521}}
        Issuer: {ECDSA: {MinKeySize: 384, MaxKeySize: 521}}
      KeyUsage: [digitalSignature, keyEncipherment]
      ExtendedKeyUsage: [clientAuth]
      BasicConstraints: {CA: false}
`;
const p=parseProfiles(Buffer.from(y),'Profiles.yaml');
const t4=performance.now();
parseProfiles(Buffer.from(y),'Profiles.yaml');
console.log('import config',t1-t0,'load',t2-t1,'import profile',t3-t2,'parse',t4-t3, 'again', performance.now()-t4);
console.log(JSON.stringify(p,null,1));
try { parseProfiles(Buffer.from(`
Settings: {CryptoLibrary: openssl}
Profiles:
- Name: " x"
  Settings: {CryptoLibrary: native}
  API: {HashData: {HashAlg: md5, Foo: 1}}
- Name: a
  API: {}
- Name: a
- Nmae: b
  API: 
    SignCertificate:
      SignAlg: dsa
      HashAlg: sha3-512
      SKIHashAlg: md5
      Validity: {ValidNotBeforeOffset: 1h, ValidNotAfterOffset: -8760h}
      KeyConstraints:
        Subject: {RSA: {MinKeySize: -2048, MaxKeySize: 4096}, Ed25519: {MinKeySize: 256, MaxKeySize: 521}}
        Issuer: {ECDSA: {MinKeySize: 384, MaxKeySize: 21}}
      KeyUsage: [digitalSignature, keyEnciphermnt, digitalSignature]
      ExtendedKeyUsage: [clientAuth, x]
      BasicConstraints: {CA: false, PathLenConstraint: 1}
    EncryptData: {EncryptAlg: des, KeySize: 1, TagLength: 64}
`),'Profiles.yaml')}catch(e){console.log(e.message)}
