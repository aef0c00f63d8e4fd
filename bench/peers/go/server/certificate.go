package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"crypto-broker.bench/go/wire"
)

const (
	largestDocument = 64 << 10
	serialBytes     = 20
	// RFC 7093 §2, method 1.
	keyIDBytes = 20
)

var (
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	// A sequence with nothing in it: not a CA.
	noCA = []byte{0x30, 0x00}
)

// The signature of each profile of ../../../service/profiles/Profiles.yaml; all else is the same in all of them.
var signatures = map[string]x509.SignatureAlgorithm{
	"Certificate-P-256": x509.ECDSAWithSHA256,
	"Certificate-P-384": x509.ECDSAWithSHA384,
	"Certificate-P-521": x509.ECDSAWithSHA512,
	"Certificate-RSA":   x509.SHA256WithRSA,
}

var algorithmNames = map[x509.SignatureAlgorithm]string{
	x509.ECDSAWithSHA256: "ecdsa-with-SHA256",
	x509.ECDSAWithSHA384: "ecdsa-with-SHA384",
	x509.ECDSAWithSHA512: "ecdsa-with-SHA512",
	x509.SHA256WithRSA:   "sha256WithRSAEncryption",
}

func (*broker) SignCertificate(_ context.Context, request *wire.SignCertificateRequest) (*wire.SignCertificateResponse, error) {
	algorithm, known := signatures[request.GetProfile()]
	if !known {
		return nil, status.Errorf(codes.InvalidArgument, "there is no profile: %s", request.GetProfile())
	}
	der, err := issue(request, algorithm)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	response := &wire.SignCertificateResponse{
		Metadata:    request.GetMetadata(),
		Descriptor_: &wire.CryptoDescriptor{Profile: request.GetProfile(), Operation: "SignCertificate", Algorithm: algorithmNames[algorithm]},
	}
	if request.GetOutputFormat() == wire.SignCertificateOutputFormat_SIGN_CERTIFICATE_OUTPUT_FORMAT_PEM {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		response.SignedCertificate = &wire.SignCertificateResponse_Pem{Pem: string(text)}
	} else {
		response.SignedCertificate = &wire.SignCertificateResponse_Der{Der: der}
	}
	return response, nil
}

func issue(request *wire.SignCertificateRequest, algorithm x509.SignatureAlgorithm) ([]byte, error) {
	csr, err := parseRequest(request.GetCsr())
	if err != nil {
		return nil, err
	}
	key, err := parseKey(request.GetCaPrivateKey())
	if err != nil {
		return nil, err
	}
	ca, err := parseCertificate(request.GetCaCert())
	if err != nil {
		return nil, err
	}
	if err := checkKey("subject", csr.PublicKey); err != nil {
		return nil, err
	}
	if err := checkKey("issuer", key.Public()); err != nil {
		return nil, err
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, err
	}
	template, err := certificateFor(csr, algorithm)
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificate(rand.Reader, template, ca, csr.PublicKey, key)
}

func certificateFor(csr *x509.CertificateRequest, algorithm x509.SignatureAlgorithm) (*x509.Certificate, error) {
	serial := make([]byte, serialBytes)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] &= 0x7f
	keyID, err := subjectKeyID(csr.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber:       new(big.Int).SetBytes(serial),
		RawSubject:         csr.RawSubject,
		NotBefore:          now.Add(-time.Hour),
		NotAfter:           now.Add(8760 * time.Hour),
		SignatureAlgorithm: algorithm,
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:        []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		ExtraExtensions: []pkix.Extension{
			{Id: oidBasicConstraints, Value: noCA},
			{Id: oidSubjectKeyID, Value: keyID},
		},
	}, nil
}

func subjectKeyID(publicKeyInfo []byte) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if _, err := asn1.Unmarshal(publicKeyInfo, &info); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(info.PublicKey.Bytes)
	return asn1.Marshal(sum[:keyIDBytes])
}

func parseRequest(text string) (*x509.CertificateRequest, error) {
	der, err := decode("csr", text)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificateRequest(der)
}

func parseCertificate(text string) (*x509.Certificate, error) {
	der, err := decode("caCert", text)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func parseKey(text string) (crypto.Signer, error) {
	der, err := decode("caPrivateKey", text)
	if err != nil {
		return nil, err
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("caPrivateKey: is not a private key")
}

func decode(field, text string) ([]byte, error) {
	if text == "" {
		return nil, fmt.Errorf("%s: required", field)
	}
	if len(text) > largestDocument {
		return nil, fmt.Errorf("%s: too large (max %d)", field, largestDocument)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%s: is not PEM", field)
	}
	return block.Bytes, nil
}

func checkKey(whose string, key any) error {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if bits := key.Curve.Params().BitSize; bits < 256 || bits > 521 {
			return fmt.Errorf("%s key: %d bits", whose, bits)
		}
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 4096 {
			return fmt.Errorf("%s key: %d bits", whose, bits)
		}
	default:
		return fmt.Errorf("%s key: of a kind that no profile has", whose)
	}
	return nil
}
