// An in-memory KMIP server over ovh/kmip-go, as fast as the library allows: the yardstick of `npm run bench:kmip`. Keys
// are made and kept unwrapped in a map; nothing is written anywhere but, with -log, one line a request. Arguments: CA,
// certificate, key. Prints the port as JSON and serves until its input ends or it is told to stop.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipserver"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"
)

type object struct {
	algorithm kmip.CryptographicAlgorithm
	length    int32
	state     kmip.State
	material  []byte
}

type store struct {
	mutex   sync.RWMutex
	objects map[string]*object
}

func main() {
	withLog := flag.Bool("log", false, "one line a request to standard output")
	flag.Parse()
	if err := serve(flag.Args(), *withLog); err != nil {
		log.Fatal(err)
	}
}

func serve(args []string, withLog bool) error {
	if len(args) != 3 {
		return fmt.Errorf("arguments: CA certificate key")
	}
	ca, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	certificate, err := tls.LoadX509KeyPair(args[1], args[2])
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    roots,
	})
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := json.NewEncoder(os.Stdout).Encode(map[string]int{"port": port}); err != nil {
		return err
	}
	s := &store{objects: map[string]*object{}}
	executor := kmipserver.NewBatchExecutor()
	executor.Route(kmip.OperationCreate, kmipserver.HandleFunc(s.create))
	executor.Route(kmip.OperationGet, kmipserver.HandleFunc(s.get))
	executor.Route(kmip.OperationGetAttributes, kmipserver.HandleFunc(s.attributes))
	var handler kmipserver.RequestHandler = executor
	if withLog {
		handler = logged{executor, slog.New(slog.NewJSONHandler(os.Stdout, nil))}
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return kmipserver.NewServer(listener, handler).Serve()
}

// logged writes a line for each request, with what the Gateway's audit has.
type logged struct {
	next   kmipserver.RequestHandler
	logger *slog.Logger
}

func (l logged) HandleRequest(ctx context.Context, request *kmip.RequestMessage) *kmip.ResponseMessage {
	start := time.Now()
	response := l.next.HandleRequest(ctx, request)
	operation := ""
	if len(request.BatchItem) > 0 {
		operation = ttlv.EnumStr(request.BatchItem[0].Operation)
	}
	failed := 0
	for _, item := range response.BatchItem {
		if item.ResultStatus != kmip.ResultStatusSuccess {
			failed++
		}
	}
	l.logger.Info("request",
		"client", kmipserver.RemoteAddr(ctx), "operation", operation, "items", len(request.BatchItem),
		"failed", failed, "us", time.Since(start).Microseconds())
	return response
}

func (s *store) create(
	ctx context.Context, request *payloads.CreateRequestPayload,
) (*payloads.CreateResponsePayload, error) {
	made := &object{state: kmip.StateActive}
	for _, attribute := range request.TemplateAttribute.Attribute {
		switch value := attribute.AttributeValue.(type) {
		case kmip.CryptographicAlgorithm:
			made.algorithm = value
		case int32:
			if attribute.AttributeName == kmip.AttributeNameCryptographicLength {
				made.length = value
			}
		}
	}
	made.material = make([]byte, made.length/8)
	var identifier [16]byte
	if _, err := rand.Read(made.material); err != nil {
		return nil, err
	}
	if _, err := rand.Read(identifier[:]); err != nil {
		return nil, err
	}
	uid := hex.EncodeToString(identifier[:])
	s.mutex.Lock()
	s.objects[uid] = made
	s.mutex.Unlock()
	kmipserver.SetIdPlaceholder(ctx, uid)
	return &payloads.CreateResponsePayload{ObjectType: request.ObjectType, UniqueIdentifier: uid}, nil
}

// find returns the object that a request names, by identifier or by the ID placeholder.
func (s *store) find(ctx context.Context, named string) (string, *object, error) {
	uid, err := kmipserver.GetIdOrPlaceholder(ctx, named)
	if err != nil {
		return "", nil, err
	}
	s.mutex.RLock()
	found, ok := s.objects[uid]
	s.mutex.RUnlock()
	if !ok {
		return "", nil, kmipserver.ErrItemNotFound
	}
	return uid, found, nil
}

func (s *store) get(
	ctx context.Context, request *payloads.GetRequestPayload,
) (*payloads.GetResponsePayload, error) {
	uid, found, err := s.find(ctx, request.UniqueIdentifier)
	if err != nil {
		return nil, err
	}
	return &payloads.GetResponsePayload{
		ObjectType:       kmip.ObjectTypeSymmetricKey,
		UniqueIdentifier: uid,
		Object: &kmip.SymmetricKey{KeyBlock: kmip.KeyBlock{
			KeyFormatType:          kmip.KeyFormatTypeRaw,
			CryptographicAlgorithm: found.algorithm,
			CryptographicLength:    found.length,
			KeyValue: &kmip.KeyValue{Plain: &kmip.PlainKeyValue{
				KeyMaterial: kmip.KeyMaterial{Bytes: &found.material},
			}},
		}},
	}, nil
}

func (s *store) attributes(
	ctx context.Context, request *payloads.GetAttributesRequestPayload,
) (*payloads.GetAttributesResponsePayload, error) {
	uid, found, err := s.find(ctx, request.UniqueIdentifier)
	if err != nil {
		return nil, err
	}
	var attributes []kmip.Attribute
	for _, name := range request.AttributeName {
		if name == kmip.AttributeNameState {
			attributes = append(attributes, kmip.Attribute{AttributeName: name, AttributeValue: found.state})
		}
	}
	return &payloads.GetAttributesResponsePayload{UniqueIdentifier: uid, Attribute: attributes}, nil
}
