// Does tasks (../support/tasks.ts) with the published Go client: reads them as JSON from standard input and prints the
// answers.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	broker "github.com/open-crypto-broker/crypto-broker-client-go"
	"google.golang.org/grpc/status"
)

type task struct {
	Method                string   `json:"method"`
	Profile               string   `json:"profile"`
	Input                 []byte   `json:"input"`
	Format                string   `json:"format"`
	CSR                   string   `json:"csr"`
	CAPrivateKey          string   `json:"caPrivateKey"`
	CACert                string   `json:"caCert"`
	Subject               *string  `json:"subject"`
	ValidNotAfter         *int64   `json:"validNotAfter"`
	CRLDistributionPoints []string `json:"crlDistributionPoints"`
}

type answer struct {
	Status        string   `json:"status,omitempty"`
	HashAlgorithm string   `json:"hashAlgorithm,omitempty"`
	HashValueHex  string   `json:"hashValueHex,omitempty"`
	HashValueRaw  []byte   `json:"hashValueRaw,omitempty"`
	PEM           string   `json:"pem,omitempty"`
	DER           []byte   `json:"der,omitempty"`
	Error         *failure `json:"error,omitempty"`
}

type failure struct {
	Code    uint32 `json:"code"`
	Message string `json:"message"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	var tasks []task
	if err := json.NewDecoder(os.Stdin).Decode(&tasks); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	client, err := broker.NewLibrary(ctx, broker.GrpcConfig{ConnMaxRetries: 5})
	if err != nil {
		return err
	}
	defer client.Close()
	answers := make([]answer, len(tasks))
	for i, t := range tasks {
		answers[i], err = do(ctx, client, t)
		if err != nil {
			answers[i] = answer{Error: &failure{uint32(status.Code(err)), status.Convert(err).Message()}}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func do(ctx context.Context, client *broker.Library, t task) (answer, error) {
	switch t.Method {
	case "health":
		return answer{Status: client.HealthData(ctx).Status}, nil
	case "hashData":
		return hashData(ctx, client, t)
	case "signCertificate":
		return signCertificate(ctx, client, t)
	default:
		return answer{}, fmt.Errorf("no method %q", t.Method)
	}
}

func hashData(ctx context.Context, client *broker.Library, t task) (answer, error) {
	format := broker.OutputFormatHex
	if t.Format == "raw" {
		format = broker.OutputFormatRaw
	}
	response, err := client.HashData(ctx, broker.HashDataPayload{
		Profile: t.Profile, Input: t.Input, OutputFormat: format,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{
		HashAlgorithm: response.GetHashAlgorithm(),
		HashValueHex:  response.GetHashValueHex(),
		HashValueRaw:  response.GetHashValueRaw(),
	}, nil
}

func signCertificate(ctx context.Context, client *broker.Library, t task) (answer, error) {
	format := broker.OutputFormatDer
	if t.Format == "pem" {
		format = broker.OutputFormatPem
	}
	payload := broker.SignCertificatePayload{
		Profile:               t.Profile,
		CSR:                   []byte(t.CSR),
		CAPrivateKey:          []byte(t.CAPrivateKey),
		CACert:                []byte(t.CACert),
		Subject:               t.Subject,
		CrlDistributionPoints: t.CRLDistributionPoints,
		OutputFormat:          format,
	}
	if t.ValidNotAfter != nil {
		end := time.Unix(*t.ValidNotAfter, 0)
		payload.ValidNotAfter = &end
	}
	response, err := client.SignCertificate(ctx, payload)
	if err != nil {
		return answer{}, err
	}
	return answer{PEM: response.GetPem(), DER: response.GetDer()}, nil
}
