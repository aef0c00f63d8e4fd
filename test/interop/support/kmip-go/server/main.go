// An in-memory KMIP server over ovh/kmip-go, on a free port of the loopback interface: a peer for our client, and a
// yardstick for the Gateway. Arguments: CA, certificate, key. Prints the port as JSON and serves until its input ends.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipserver"
	"github.com/ovh/kmip-go/payloads"
)

// object is a key and what is known of it.
type object struct {
	algorithm kmip.CryptographicAlgorithm
	length    int32
	mask      kmip.CryptographicUsageMask
	names     []kmip.Name
	state     kmip.State
	created   time.Time
	material  []byte
}

// store holds every object by its identifier.
type store struct {
	mutex   sync.RWMutex
	objects map[string]*object
	order   []string
}

func main() {
	if err := serve(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func serve(args []string) error {
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
		MinVersion:   tls.VersionTLS12,
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
	server := kmipserver.NewServer(listener, executor(&store{objects: map[string]*object{}}))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return server.Serve()
}

func executor(s *store) *kmipserver.BatchExecutor {
	executor := kmipserver.NewBatchExecutor()
	executor.Route(kmip.OperationCreate, kmipserver.HandleFunc(s.create))
	executor.Route(kmip.OperationRegister, kmipserver.HandleFunc(s.register))
	executor.Route(kmip.OperationGet, kmipserver.HandleFunc(s.get))
	executor.Route(kmip.OperationGetAttributes, kmipserver.HandleFunc(s.attributes))
	executor.Route(kmip.OperationGetAttributeList, kmipserver.HandleFunc(s.attributeList))
	executor.Route(kmip.OperationLocate, kmipserver.HandleFunc(s.locate))
	executor.Route(kmip.OperationActivate, kmipserver.HandleFunc(s.activate))
	executor.Route(kmip.OperationRevoke, kmipserver.HandleFunc(s.revoke))
	executor.Route(kmip.OperationDestroy, kmipserver.HandleFunc(s.destroy))
	executor.Route(kmip.OperationQuery, kmipserver.HandleFunc(query))
	return executor
}

func (s *store) create(
	ctx context.Context, request *payloads.CreateRequestPayload,
) (*payloads.CreateResponsePayload, error) {
	made := fromAttributes(request.TemplateAttribute.Attribute)
	made.material = make([]byte, made.length/8)
	if _, err := rand.Read(made.material); err != nil {
		return nil, err
	}
	uid, err := s.add(ctx, made)
	if err != nil {
		return nil, err
	}
	return &payloads.CreateResponsePayload{ObjectType: request.ObjectType, UniqueIdentifier: uid}, nil
}

func (s *store) register(
	ctx context.Context, request *payloads.RegisterRequestPayload,
) (*payloads.RegisterResponsePayload, error) {
	key, ok := request.Object.(*kmip.SymmetricKey)
	if !ok {
		return nil, kmipserver.ErrFeatureNotSupported
	}
	material, err := key.KeyMaterial()
	if err != nil {
		return nil, kmipserver.ErrInvalidField
	}
	made := fromAttributes(request.TemplateAttribute.Attribute)
	made.algorithm = key.KeyBlock.CryptographicAlgorithm
	made.length = key.KeyBlock.CryptographicLength
	made.material = material
	uid, err := s.add(ctx, made)
	if err != nil {
		return nil, err
	}
	return &payloads.RegisterResponsePayload{UniqueIdentifier: uid}, nil
}

func fromAttributes(attributes []kmip.Attribute) *object {
	made := &object{state: kmip.StatePreActive, created: time.Now()}
	for _, attribute := range attributes {
		switch value := attribute.AttributeValue.(type) {
		case kmip.CryptographicAlgorithm:
			made.algorithm = value
		case kmip.CryptographicUsageMask:
			made.mask = value
		case kmip.Name:
			made.names = append(made.names, value)
		case int32:
			if attribute.AttributeName == kmip.AttributeNameCryptographicLength {
				made.length = value
			}
		}
	}
	return made
}

func (s *store) add(ctx context.Context, made *object) (string, error) {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	uid := fmt.Sprintf("%x", random)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.objects[uid] = made
	s.order = append(s.order, uid)
	kmipserver.SetIdPlaceholder(ctx, uid)
	return uid, nil
}

// find returns the object that a request names, by identifier or by the ID placeholder. The caller holds the lock.
func (s *store) find(ctx context.Context, named string) (string, *object, error) {
	uid, err := kmipserver.GetIdOrPlaceholder(ctx, named)
	if err != nil {
		return "", nil, kmipserver.ErrInvalidField
	}
	found, ok := s.objects[uid]
	if !ok {
		return "", nil, kmipserver.ErrItemNotFound
	}
	return uid, found, nil
}

func (s *store) get(
	ctx context.Context, request *payloads.GetRequestPayload,
) (*payloads.GetResponsePayload, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	uid, found, err := s.find(ctx, request.UniqueIdentifier)
	if err != nil {
		return nil, err
	}
	if found.material == nil {
		return nil, kmipserver.ErrItemNotFound
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

func (o *object) attributes(uid string) []kmip.Attribute {
	all := []kmip.Attribute{
		{AttributeName: kmip.AttributeNameUniqueIdentifier, AttributeValue: uid},
		{AttributeName: kmip.AttributeNameObjectType, AttributeValue: kmip.ObjectTypeSymmetricKey},
		{AttributeName: kmip.AttributeNameCryptographicAlgorithm, AttributeValue: o.algorithm},
		{AttributeName: kmip.AttributeNameCryptographicLength, AttributeValue: o.length},
		{AttributeName: kmip.AttributeNameCryptographicUsageMask, AttributeValue: o.mask},
		{AttributeName: kmip.AttributeNameState, AttributeValue: o.state},
		{AttributeName: kmip.AttributeNameInitialDate, AttributeValue: o.created},
	}
	for index, name := range o.names {
		position := int32(index)
		all = append(all, kmip.Attribute{
			AttributeName: kmip.AttributeNameName, AttributeIndex: &position, AttributeValue: name,
		})
	}
	return all
}

func (s *store) attributes(
	ctx context.Context, request *payloads.GetAttributesRequestPayload,
) (*payloads.GetAttributesResponsePayload, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	uid, found, err := s.find(ctx, request.UniqueIdentifier)
	if err != nil {
		return nil, err
	}
	all := found.attributes(uid)
	if len(request.AttributeName) > 0 {
		all = slices.DeleteFunc(all, func(attribute kmip.Attribute) bool {
			return !slices.Contains(request.AttributeName, attribute.AttributeName)
		})
	}
	return &payloads.GetAttributesResponsePayload{UniqueIdentifier: uid, Attribute: all}, nil
}

func (s *store) attributeList(
	ctx context.Context, request *payloads.GetAttributeListRequestPayload,
) (*payloads.GetAttributeListResponsePayload, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	uid, found, err := s.find(ctx, request.UniqueIdentifier)
	if err != nil {
		return nil, err
	}
	var names []kmip.AttributeName
	for _, attribute := range found.attributes(uid) {
		if !slices.Contains(names, attribute.AttributeName) {
			names = append(names, attribute.AttributeName)
		}
	}
	return &payloads.GetAttributeListResponsePayload{UniqueIdentifier: uid, AttributeName: names}, nil
}

func (s *store) locate(
	ctx context.Context, request *payloads.LocateRequestPayload,
) (*payloads.LocateResponsePayload, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	found := []string{}
	for _, uid := range s.order {
		if matches(s.objects[uid], request.Attribute) {
			found = append(found, uid)
		}
	}
	total := int32(len(found))
	if request.MaximumItems > 0 && len(found) > int(request.MaximumItems) {
		found = found[:request.MaximumItems]
	}
	if len(found) == 1 {
		kmipserver.SetIdPlaceholder(ctx, found[0])
	}
	return &payloads.LocateResponsePayload{LocatedItems: &total, UniqueIdentifier: found}, nil
}

func matches(o *object, filters []kmip.Attribute) bool {
	for _, filter := range filters {
		name, ok := filter.AttributeValue.(kmip.Name)
		if ok && !slices.Contains(o.names, name) {
			return false
		}
	}
	return true
}

func (s *store) activate(
	ctx context.Context, request *payloads.ActivateRequestPayload,
) (*payloads.ActivateResponsePayload, error) {
	uid, err := s.change(ctx, request.UniqueIdentifier, func(o *object) error {
		if o.state != kmip.StatePreActive {
			return kmipserver.ErrPermissionDenied
		}
		o.state = kmip.StateActive
		return nil
	})
	return &payloads.ActivateResponsePayload{UniqueIdentifier: uid}, err
}

func (s *store) revoke(
	ctx context.Context, request *payloads.RevokeRequestPayload,
) (*payloads.RevokeResponsePayload, error) {
	uid, err := s.change(ctx, request.UniqueIdentifier, func(o *object) error {
		o.state = kmip.StateDeactivated
		if request.RevocationReason.RevocationReasonCode == kmip.RevocationReasonCodeKeyCompromise {
			o.state = kmip.StateCompromised
		}
		return nil
	})
	return &payloads.RevokeResponsePayload{UniqueIdentifier: uid}, err
}

func (s *store) destroy(
	ctx context.Context, request *payloads.DestroyRequestPayload,
) (*payloads.DestroyResponsePayload, error) {
	uid, err := s.change(ctx, request.UniqueIdentifier, func(o *object) error {
		if o.state == kmip.StateActive || o.material == nil {
			return kmipserver.ErrPermissionDenied
		}
		o.state = kmip.StateDestroyed
		o.material = nil
		return nil
	})
	return &payloads.DestroyResponsePayload{UniqueIdentifier: uid}, err
}

func (s *store) change(ctx context.Context, named string, how func(*object) error) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	uid, found, err := s.find(ctx, named)
	if err != nil {
		return "", err
	}
	return uid, how(found)
}

func query(
	_ context.Context, request *payloads.QueryRequestPayload,
) (*payloads.QueryResponsePayload, error) {
	response := &payloads.QueryResponsePayload{}
	for _, function := range request.QueryFunction {
		switch function {
		case kmip.QueryFunctionOperations:
			response.Operations = []kmip.Operation{
				kmip.OperationCreate, kmip.OperationRegister, kmip.OperationLocate, kmip.OperationGet,
				kmip.OperationGetAttributes, kmip.OperationGetAttributeList, kmip.OperationActivate,
				kmip.OperationRevoke, kmip.OperationDestroy, kmip.OperationQuery,
				kmip.OperationDiscoverVersions,
			}
		case kmip.QueryFunctionObjects:
			response.ObjectType = []kmip.ObjectType{kmip.ObjectTypeSymmetricKey}
		case kmip.QueryFunctionServerInformation:
			response.VendorIdentification = "kmip-go in memory"
		}
	}
	return response, nil
}
