// Writes certificates.txt: what Go's crypto/x509 issues from template fields like the Open Crypto Broker's. See README.md.
package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"time"
)

var (
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}

	country      = asn1.ObjectIdentifier{2, 5, 4, 6}
	state        = asn1.ObjectIdentifier{2, 5, 4, 8}
	organization = asn1.ObjectIdentifier{2, 5, 4, 10}
	unit         = asn1.ObjectIdentifier{2, 5, 4, 11}
	locality     = asn1.ObjectIdentifier{2, 5, 4, 7}
	commonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
)

type attribute struct {
	oid   asn1.ObjectIdentifier
	value string
}

// One attribute per RDN, in order, as the broker's subject text gives them.
func name(attributes ...attribute) []byte {
	var sequence pkix.RDNSequence
	for _, a := range attributes {
		sequence = append(sequence, pkix.RelativeDistinguishedNameSET{{Type: a.oid, Value: a.value}})
	}
	return must(asn1.Marshal(sequence))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func ec(curve elliptic.Curve) crypto.Signer { return must(ecdsa.GenerateKey(curve, rand.Reader)) }

type authority struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

func newAuthority(key crypto.Signer, subject []byte, withKeyID bool) authority {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7),
		RawSubject:   subject,
		NotBefore:    time.Unix(1700000000, 0),
		NotAfter:     time.Unix(2600000000, 0),
	}
	if withKeyID {
		template.IsCA, template.BasicConstraintsValid = true, true
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return authority{key, must(x509.ParseCertificate(der))}
}

func newRequest(key crypto.Signer, subject []byte) *x509.CertificateRequest {
	template := &x509.CertificateRequest{RawSubject: subject, DNSNames: []string{"ignored.example"}}
	return must(x509.ParseCertificateRequest(must(x509.CreateCertificateRequest(rand.Reader, template, key))))
}

// The BIT STRING of the subject's key, which the key identifier is a digest of.
func keyBits(request *x509.CertificateRequest) []byte {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	must(asn1.Unmarshal(request.RawSubjectPublicKeyInfo, &info))
	return info.Key.Bytes
}

func ski(digest []byte) pkix.Extension {
	return pkix.Extension{Id: oidSubjectKeyID, Value: must(asn1.Marshal(digest[:20]))}
}

func sha1Ski(request *x509.CertificateRequest) pkix.Extension {
	digest := sha1.Sum(keyBits(request))
	return ski(digest[:])
}

// End entities carry BasicConstraints that are not critical and empty, which Go itself would not write.
var endEntity = pkix.Extension{Id: oidBasicConstraints, Value: []byte{0x30, 0x00}}

func emit(out *bytes.Buffer, title string, ca authority, request *x509.CertificateRequest, template *x509.Certificate) {
	serial := make([]byte, 20)
	for i := range serial {
		serial[i] = byte(i + 1)
	}
	template.SerialNumber = new(big.Int).SetBytes(serial)
	der := must(x509.CreateCertificate(rand.Reader, template, ca.certificate, request.PublicKey, ca.key))
	issued := must(x509.ParseCertificate(der))
	fmt.Fprintf(out, "case %s\n", title)
	fmt.Fprintf(out, "csr %s\n", hex.EncodeToString(request.Raw))
	fmt.Fprintf(out, "caKey %s\n", hex.EncodeToString(must(x509.MarshalPKCS8PrivateKey(ca.key))))
	fmt.Fprintf(out, "caCert %s\n", hex.EncodeToString(ca.certificate.Raw))
	fmt.Fprintf(out, "tbs %s\n", hex.EncodeToString(issued.RawTBSCertificate))
}

func main() {
	caName := name(attribute{country, "DE"}, attribute{organization, "Test & Co"}, attribute{commonName, "CA"})
	leafName := name(attribute{commonName, "leaf.example"})
	from, until := time.Unix(1800000000, 0), time.Unix(1831536000, 0)
	var out bytes.Buffer

	p384 := newAuthority(ec(elliptic.P384()), caName, true)
	p521 := newAuthority(ec(elliptic.P521()), caName, true)
	rsa2048 := newAuthority(must(rsa.GenerateKey(rand.Reader, 2048)), caName, true)
	plain := newAuthority(ec(elliptic.P256()), caName, false)

	request := newRequest(ec(elliptic.P256()), leafName)
	emit(&out, "end-entity", p384, request, &x509.Certificate{
		RawSubject: request.RawSubject, NotBefore: from, NotAfter: until,
		SignatureAlgorithm:    x509.ECDSAWithSHA512,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		CRLDistributionPoints: []string{"http://crl.example/a.crl", "https://crl.example/b?c=d#e"},
		ExtraExtensions:       []pkix.Extension{endEntity, sha1Ski(request)},
	})

	request = newRequest(ec(elliptic.P521()), leafName)
	emit(&out, "intermediate-ca-path-length-0", rsa2048, request, &x509.Certificate{
		RawSubject: request.RawSubject, NotBefore: from, NotAfter: until,
		SignatureAlgorithm:    x509.SHA256WithRSA,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		CRLDistributionPoints: []string{"http://crl.example/a.crl"},
		ExtraExtensions:       []pkix.Extension{sha1Ski(request)},
	})

	request = newRequest(must(rsa.GenerateKey(rand.Reader, 3072)), leafName)
	digest := sha256.Sum256(keyBits(request))
	emit(&out, "intermediate-ca-without-path-length", p521, request, &x509.Certificate{
		RawSubject: request.RawSubject, NotBefore: from, NotAfter: until,
		SignatureAlgorithm:    x509.ECDSAWithSHA384,
		KeyUsage:              x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: -1,
		ExtraExtensions: []pkix.Extension{ski(digest[:])},
	})

	request = newRequest(ec(elliptic.P384()), leafName)
	digest3 := sha3.Sum512(keyBits(request))
	emit(&out, "issuer-without-key-identifier", plain, request, &x509.Certificate{
		RawSubject: request.RawSubject, NotBefore: from, NotAfter: until,
		SignatureAlgorithm: x509.ECDSAWithSHA256,
		ExtraExtensions:    []pkix.Extension{endEntity, ski(digest3[:])},
	})

	request = newRequest(ec(elliptic.P256()), caName)
	emit(&out, "subject-equal-to-issuer", p384, request, &x509.Certificate{
		RawSubject: request.RawSubject, NotBefore: from, NotAfter: until,
		SignatureAlgorithm: x509.ECDSAWithSHA384,
		KeyUsage:           x509.KeyUsageDecipherOnly | x509.KeyUsageKeyAgreement,
		ExtraExtensions:    []pkix.Extension{endEntity, sha1Ski(request)},
	})

	request = newRequest(ec(elliptic.P256()), leafName)
	emit(&out, "written-subject-beyond-2049", rsa2048, request, &x509.Certificate{
		RawSubject: name(attribute{country, "DE"}, attribute{organization, "Test Org"},
			attribute{unit, "Dev"}, attribute{unit, "Müller*"}, attribute{locality, "test@place"},
			attribute{state, "a=b"}, attribute{commonName, ""}, attribute{unit, "Dev"}),
		NotBefore: time.Unix(2524607999, 0), NotAfter: time.Unix(2524608000, 0),
		SignatureAlgorithm: x509.SHA512WithRSA,
		KeyUsage:           x509.KeyUsageEncipherOnly,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning, x509.ExtKeyUsageServerAuth,
			x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageEmailProtection,
			x509.ExtKeyUsageTimeStamping},
		ExtraExtensions: []pkix.Extension{endEntity, sha1Ski(request)},
	})

	if err := os.WriteFile("certificates.txt", out.Bytes(), 0o644); err != nil {
		panic(err)
	}
}
