// Runs the tasks given as JSON on standard input with the client of ovh/kmip-go and prints their outcomes as JSON.
// kmip-tasks.ts describes plan, tasks and outcomes.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipclient"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"
)

type plan struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`
	CA      string `json:"ca"`
	Cert    string `json:"cert"`
	Key     string `json:"key"`
	Version string `json:"version"`
	Tasks   []task `json:"tasks"`
}

type task struct {
	Do       string   `json:"do"`
	As       string   `json:"as"`
	UID      string   `json:"uid"`
	Name     string   `json:"name"`
	Names    []string `json:"names"`
	Material string   `json:"material"`
	Length   int      `json:"length"`
	Mask     int32    `json:"mask"`
	Reason   uint32   `json:"reason"`
}

type outcome struct {
	OK      bool   `json:"ok"`
	Value   any    `json:"value,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// failure is an item that the server refused.
type failure struct {
	reason  kmip.ResultReason
	message string
}

func (f failure) Error() string { return f.message }

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	var p plan
	if err := json.NewDecoder(os.Stdin).Decode(&p); err != nil {
		return err
	}
	options := []kmipclient.Option{
		kmipclient.WithRootCAFile(p.CA),
		kmipclient.WithClientCertFiles(p.Cert, p.Key),
	}
	if p.Version != "" {
		version, err := parseVersion(p.Version)
		if err != nil {
			return err
		}
		options = append(options, kmipclient.EnforceVersion(version))
	}
	client, err := kmipclient.Dial(net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), options...)
	if err != nil {
		return err
	}
	defer client.Close()
	made := map[string]string{}
	outcomes := make([]outcome, len(p.Tasks))
	for index, t := range p.Tasks {
		if uid, ok := made[t.UID]; ok {
			t.UID = uid
		}
		outcomes[index] = perform(client, t, made)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"version": client.Version().String(), "outcomes": outcomes,
	})
}

func parseVersion(text string) (kmip.ProtocolVersion, error) {
	major, minor, _ := strings.Cut(text, ".")
	first, err := strconv.ParseInt(major, 10, 32)
	if err != nil {
		return kmip.ProtocolVersion{}, err
	}
	second, err := strconv.ParseInt(minor, 10, 32)
	return kmip.ProtocolVersion{
		ProtocolVersionMajor: int32(first), ProtocolVersionMinor: int32(second),
	}, err
}

// perform never ends the program: what the client makes of an answer it cannot read is a finding.
func perform(client *kmipclient.Client, t task, made map[string]string) (result outcome) {
	defer func() {
		if problem := recover(); problem != nil {
			result = outcome{Reason: "panic", Message: fmt.Sprint(problem)}
		}
	}()
	value, uid, err := do(client, t)
	if err != nil {
		if refused, ok := err.(failure); ok {
			return outcome{Reason: ttlv.EnumStr(refused.reason), Message: refused.message}
		}
		return outcome{Reason: "error", Message: err.Error()}
	}
	if t.As != "" {
		made[t.As] = uid
	}
	return outcome{OK: true, Value: value}
}

// request sends a batch; items that the server refused are a failure.
func request(client *kmipclient.Client, items ...kmip.OperationPayload) ([]kmip.OperationPayload, error) {
	results, err := client.Batch(context.Background(), items...)
	if err != nil {
		return nil, err
	}
	answers := make([]kmip.OperationPayload, len(results))
	for index, result := range results {
		if result.ResultStatus != kmip.ResultStatusSuccess {
			return nil, failure{result.ResultReason, result.ResultMessage}
		}
		answers[index] = result.ResponsePayload
	}
	return answers, nil
}

// send sends one item.
func send[Response kmip.OperationPayload](
	client *kmipclient.Client, item kmip.OperationPayload,
) (Response, error) {
	answers, err := request(client, item)
	if err != nil {
		var none Response
		return none, err
	}
	return answers[0].(Response), nil
}

// do returns the value of a task and the identifier of what it made.
func do(client *kmipclient.Client, t task) (any, string, error) {
	switch t.Do {
	case "create":
		answer, err := send[*payloads.CreateResponsePayload](client, createRequest(client, t))
		if err != nil {
			return nil, "", err
		}
		return answer.UniqueIdentifier, answer.UniqueIdentifier, nil
	case "register":
		return register(client, t)
	case "get":
		answer, err := send[*payloads.GetResponsePayload](client, client.Get(t.UID).RequestPayload())
		if err != nil {
			return nil, "", err
		}
		key, err := answer.SymmetricKey()
		return hex.EncodeToString(key), "", err
	case "attributes":
		return attributes(client, t)
	case "attributeList":
		answer, err := send[*payloads.GetAttributeListResponsePayload](
			client, client.GetAttributeList(t.UID).RequestPayload())
		if err != nil {
			return nil, "", err
		}
		slices.Sort(answer.AttributeName)
		return answer.AttributeName, "", nil
	case "locate":
		answer, err := send[*payloads.LocateResponsePayload](
			client, client.Locate().WithName(t.Name).RequestPayload())
		if err != nil {
			return nil, "", err
		}
		return append([]string{}, answer.UniqueIdentifier...), "", nil
	case "activate":
		_, err := request(client, client.Activate(t.UID).RequestPayload())
		return nil, "", err
	case "revoke":
		_, err := request(client, client.Revoke(t.UID).
			WithRevocationReasonCode(kmip.RevocationReasonCode(t.Reason)).
			WithRevocationMessage("interop").RequestPayload())
		return nil, "", err
	case "destroy":
		_, err := request(client, client.Destroy(t.UID).RequestPayload())
		return nil, "", err
	case "discover":
		return discover(client)
	case "query":
		return query(client)
	case "createAndGet":
		return createAndGet(client, t)
	case "getWithState":
		return getWithState(client, t)
	}
	return nil, "", fmt.Errorf("not a task of this client")
}

func createRequest(client *kmipclient.Client, t task) kmip.OperationPayload {
	create := client.Create().AES(t.Length, kmip.CryptographicUsageMask(t.Mask))
	if t.Name != "" {
		create = create.WithName(t.Name)
	}
	return create.RequestPayload()
}

func register(client *kmipclient.Client, t task) (any, string, error) {
	material, err := hex.DecodeString(t.Material)
	if err != nil {
		return nil, "", err
	}
	item := client.Register().SymmetricKey(
		kmip.CryptographicAlgorithmAES, kmip.CryptographicUsageMask(t.Mask), material).WithName(t.Name)
	answer, err := send[*payloads.RegisterResponsePayload](client, item.RequestPayload())
	if err != nil {
		return nil, "", err
	}
	return answer.UniqueIdentifier, answer.UniqueIdentifier, nil
}

func attributes(client *kmipclient.Client, t task) (any, string, error) {
	names := make([]kmip.AttributeName, len(t.Names))
	for index, name := range t.Names {
		names[index] = kmip.AttributeName(name)
	}
	answer, err := send[*payloads.GetAttributesResponsePayload](
		client, client.GetAttributes(t.UID, names...).RequestPayload())
	if err != nil {
		return nil, "", err
	}
	found := map[string]any{}
	for _, attribute := range answer.Attribute {
		found[string(attribute.AttributeName)] = plain(attribute.AttributeValue)
	}
	return found, "", nil
}

// plain gives an attribute value as JSON has it.
func plain(value any) any {
	switch value := value.(type) {
	case kmip.Name:
		return value.NameValue
	case string, int32, bool:
		return value
	case kmip.State:
		return uint32(value)
	case kmip.ObjectType:
		return uint32(value)
	case kmip.CryptographicAlgorithm:
		return uint32(value)
	case kmip.CryptographicUsageMask:
		return int32(value)
	}
	return fmt.Sprint(value)
}

func discover(client *kmipclient.Client) (any, string, error) {
	answer, err := send[*payloads.DiscoverVersionsResponsePayload](
		client, &payloads.DiscoverVersionsRequestPayload{})
	if err != nil {
		return nil, "", err
	}
	versions := []string{}
	for _, version := range answer.ProtocolVersion {
		versions = append(versions, version.String())
	}
	return versions, "", nil
}

func query(client *kmipclient.Client) (any, string, error) {
	answer, err := send[*payloads.QueryResponsePayload](
		client, client.Query().Operations().Objects().RequestPayload())
	if err != nil {
		return nil, "", err
	}
	operations := []uint32{}
	for _, operation := range answer.Operations {
		operations = append(operations, uint32(operation))
	}
	slices.Sort(operations)
	return operations, "", nil
}

func createAndGet(client *kmipclient.Client, t task) (any, string, error) {
	answers, err := request(client, createRequest(client, t), &payloads.GetRequestPayload{})
	if err != nil {
		return nil, "", err
	}
	uid := answers[0].(*payloads.CreateResponsePayload).UniqueIdentifier
	key, err := answers[1].(*payloads.GetResponsePayload).SymmetricKey()
	return map[string]string{"uid": uid, "key": hex.EncodeToString(key)}, uid, err
}

func getWithState(client *kmipclient.Client, t task) (any, string, error) {
	answers, err := request(client,
		client.Get(t.UID).RequestPayload(),
		client.GetAttributes(t.UID, kmip.AttributeNameState).RequestPayload())
	if err != nil {
		return nil, "", err
	}
	key, err := answers[0].(*payloads.GetResponsePayload).SymmetricKey()
	if err != nil {
		return nil, "", err
	}
	for _, attribute := range answers[1].(*payloads.GetAttributesResponsePayload).Attribute {
		if state, ok := attribute.AttributeValue.(kmip.State); ok {
			return map[string]any{"key": hex.EncodeToString(key), "state": uint32(state)}, "", nil
		}
	}
	return nil, "", fmt.Errorf("there is no state")
}
