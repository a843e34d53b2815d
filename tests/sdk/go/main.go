// Runs the cases of a plan with the vendor's SDKs for Go, and tells what came out: see
// tests/sdk/python/driver.py, which does the same.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	personal "github.com/alibabacloud-go/cr-20160607/client"
	cr "github.com/alibabacloud-go/cr-20181201/v2/client"
	oldopenapi "github.com/alibabacloud-go/darabonba-openapi/client"
	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	sts "github.com/alibabacloud-go/sts-20150401/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/credentials-go/credentials"
	"github.com/aliyun/credentials-go/credentials/providers"
)

const session = "sdk-contract"

type key struct{ ID, Secret string }

type identity struct {
	Key          string
	Role         string
	Spoil        string
	Provider     string
	OIDCProvider string `json:"oidc_provider"`
	Token        string
}

type testCase struct {
	Name      string
	Operation string
	Algorithm string
	As        *identity
	Params    struct {
		InstanceId      string
		RoleArn         string
		OIDCProviderArn string
		Policy          string
		DurationSeconds int64
		Token           string `json:"token"`
		File            string `json:"file"`
		Profile         string `json:"profile"`
	}
}

type plan struct {
	Region         string
	CrEndpoint     string `json:"cr_endpoint"`
	CrProtocol     string `json:"cr_protocol"`
	StsEndpoint    string `json:"sts_endpoint"`
	StsProtocol    string `json:"sts_protocol"`
	StsTLSEndpoint string `json:"sts_tls_endpoint"`
	Keys           map[string]key
	Tokens         map[string]string
	Cases          []testCase
}

type result = map[string]any

// pointer is nil for an empty text: what is not set is not sent.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (p *plan) provider(who *identity) (credentials.Credential, error) {
	config := new(credentials.Config)
	if who.Provider == "ecs" {
		config.Type = tea.String("ecs_ram_role")
		config.RoleName = pointer(who.Role)
		return credentials.NewCredential(config)
	}
	config.RoleArn = &who.Role
	config.RoleSessionName = tea.String(session)
	config.STSEndpoint = pointer(p.StsTLSEndpoint)
	if who.Provider == "oidc" {
		config.Type = tea.String("oidc_role_arn")
		config.OIDCProviderArn = &who.OIDCProvider
		config.OIDCTokenFilePath = tea.String(p.Tokens[who.Token])
	} else {
		config.Type = tea.String("ram_role_arn")
		config.AccessKeyId = tea.String(p.Keys[who.Key].ID)
		config.AccessKeySecret = tea.String(p.Keys[who.Key].Secret)
	}
	return credentials.NewCredential(config)
}

func (p *plan) config(c *testCase, endpoint, protocol string) (*openapi.Config, error) {
	config := &openapi.Config{RegionId: &p.Region, Endpoint: pointer(endpoint), Protocol: pointer(protocol)}
	if c.Algorithm == "v1" {
		config.SignatureAlgorithm = tea.String("v2") // so the SDKs call their older generation
	}
	switch who := c.As; {
	case who == nil:
	case who.Provider != "":
		provider, err := p.provider(who)
		if err != nil {
			return nil, err
		}
		config.Credential = provider
	case who.Role == "":
		config.AccessKeyId = tea.String(p.Keys[who.Key].ID)
		config.AccessKeySecret = tea.String(p.Keys[who.Key].Secret)
	default:
		caller := testCase{As: &identity{Key: who.Key}}
		caller.Params.RoleArn = who.Role
		found, err := p.assume(&caller)
		if err != nil {
			return nil, err
		}
		config.AccessKeyId = tea.String(found["id"].(string))
		config.AccessKeySecret = tea.String(found["secret"].(string))
		config.SecurityToken = tea.String(found["token"].(string))
		if who.Spoil == "token" {
			config.SecurityToken = tea.String("spoiled")
		}
	}
	return config, nil
}

func (p *plan) enterpriseClient(c *testCase) (*cr.Client, error) {
	config, err := p.config(c, p.CrEndpoint, p.CrProtocol)
	if err != nil {
		return nil, err
	}
	return cr.NewClient(config)
}

func (p *plan) enterpriseToken(c *testCase) (result, error) {
	client, err := p.enterpriseClient(c)
	if err != nil {
		return nil, err
	}
	answer, err := client.GetAuthorizationToken(&cr.GetAuthorizationTokenRequest{InstanceId: &c.Params.InstanceId})
	if err != nil {
		return nil, err
	}
	return result{"user": tea.StringValue(answer.Body.TempUsername),
		"password":   tea.StringValue(answer.Body.AuthorizationToken),
		"expires_ms": tea.Int64Value(answer.Body.ExpireTime), "success": tea.BoolValue(answer.Body.IsSuccess)}, nil
}

func (p *plan) endpoints(c *testCase) (result, error) {
	client, err := p.enterpriseClient(c)
	if err != nil {
		return nil, err
	}
	answer, err := client.ListInstanceEndpoint(
		&cr.ListInstanceEndpointRequest{InstanceId: &c.Params.InstanceId, ModuleName: tea.String("Registry")})
	if err != nil {
		return nil, err
	}
	domains := []string{}
	for _, endpoint := range answer.Body.Endpoints {
		for _, domain := range endpoint.Domains {
			domains = append(domains, tea.StringValue(domain.Domain))
		}
	}
	return result{"success": tea.BoolValue(answer.Body.IsSuccess), "domains": domains}, nil
}

func (p *plan) personalToken(c *testCase) (result, error) {
	config, err := p.config(c, p.CrEndpoint, p.CrProtocol)
	if err != nil {
		return nil, err
	}
	if config.Endpoint == nil { // a generic client knows no product's endpoints
		config.Endpoint = tea.String("cr." + p.Region + ".aliyuncs.com")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	protocol := tea.StringValue(config.Protocol)
	if protocol == "" {
		protocol = "HTTPS"
	}
	answer, err := client.CallApi(&openapi.Params{
		Action: tea.String("GetAuthorizationToken"), Version: tea.String("2016-06-07"), Protocol: &protocol,
		Pathname: tea.String("/tokens"), Method: tea.String("GET"), AuthType: tea.String("AK"),
		Style: tea.String("ROA"), ReqBodyType: tea.String("json"), BodyType: tea.String("json"),
	}, &openapi.OpenApiRequest{}, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	data, ok := answer["body"].(map[string]any)["data"].(map[string]any)
	if !ok {
		return nil, errors.New("the answer has no data")
	}
	return result{"user": data["tempUserName"], "password": data["authorizationToken"],
		"expires_ms": data["expireDate"]}, nil
}

func (p *plan) personalTyped(c *testCase) (result, error) {
	config, err := p.config(c, p.CrEndpoint, p.CrProtocol)
	if err != nil {
		return nil, err
	}
	client, err := personal.NewClient(&oldopenapi.Config{
		RegionId: config.RegionId, Endpoint: config.Endpoint, Protocol: config.Protocol, AccessKeyId: config.AccessKeyId,
		AccessKeySecret: config.AccessKeySecret, SecurityToken: config.SecurityToken,
	})
	if err != nil {
		return nil, err
	}
	_, err = client.GetAuthorizationToken() // this client drops the body
	return result{}, err
}

func (p *plan) stsClient(c *testCase) (*sts.Client, error) {
	config, err := p.config(c, p.StsEndpoint, p.StsProtocol)
	if err != nil {
		return nil, err
	}
	return sts.NewClient(config)
}

func (p *plan) assume(c *testCase) (result, error) {
	client, err := p.stsClient(c)
	if err != nil {
		return nil, err
	}
	duration := c.Params.DurationSeconds
	if duration == 0 {
		duration = 3600
	}
	answer, err := client.AssumeRole(&sts.AssumeRoleRequest{RoleArn: &c.Params.RoleArn,
		RoleSessionName: tea.String(session), DurationSeconds: &duration, Policy: pointer(c.Params.Policy)})
	if err != nil {
		return nil, err
	}
	found := answer.Body.Credentials
	return result{"id": tea.StringValue(found.AccessKeyId), "secret": tea.StringValue(found.AccessKeySecret),
		"token": tea.StringValue(found.SecurityToken), "expiration": tea.StringValue(found.Expiration)}, nil
}

func (p *plan) assumeOIDC(c *testCase) (result, error) {
	client, err := p.stsClient(c)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(p.Tokens[c.Params.Token])
	if err != nil {
		return nil, err
	}
	answer, err := client.AssumeRoleWithOIDC(&sts.AssumeRoleWithOIDCRequest{RoleArn: &c.Params.RoleArn,
		OIDCProviderArn: &c.Params.OIDCProviderArn, OIDCToken: tea.String(string(token)),
		RoleSessionName: tea.String(session), DurationSeconds: tea.Int64(3600)})
	if err != nil {
		return nil, err
	}
	found := answer.Body.Credentials
	return result{"id": tea.StringValue(found.AccessKeyId), "secret": tea.StringValue(found.AccessKeySecret),
		"token": tea.StringValue(found.SecurityToken), "expiration": tea.StringValue(found.Expiration)}, nil
}

func (p *plan) provide(c *testCase) (result, error) {
	provider, err := p.provider(c.As)
	if err != nil {
		return nil, err
	}
	found, err := provider.GetCredential()
	if err != nil {
		return nil, err
	}
	return result{"id": tea.StringValue(found.AccessKeyId), "secret": tea.StringValue(found.AccessKeySecret),
		"token": tea.StringValue(found.SecurityToken)}, nil
}

func (p *plan) profile(c *testCase) (result, error) {
	var reader providers.CredentialsProvider
	var err error
	if c.Params.File == "tool" {
		reader, err = providers.NewCLIProfileCredentialsProviderBuilder().WithProfileName(c.Params.Profile).Build()
	} else {
		reader, err = providers.NewProfileCredentialsProviderBuilder().WithProfileName(c.Params.Profile).Build()
	}
	if err != nil {
		return nil, err
	}
	found, err := reader.GetCredentials()
	if err != nil {
		return nil, err
	}
	return result{"id": found.AccessKeyId, "secret": found.AccessKeySecret, "token": found.SecurityToken}, nil
}

func codeOf(err error) string {
	var old *tea.SDKError
	if errors.As(err, &old) {
		return tea.StringValue(old.Code)
	}
	if coded, ok := err.(interface{ GetCode() *string }); ok {
		return tea.StringValue(coded.GetCode())
	}
	return ""
}

func (p *plan) run(c *testCase) (told map[string]any) {
	told = map[string]any{"name": c.Name}
	defer func() { // some clients fall over what they did not expect
		if reason := recover(); reason != nil {
			told["error"] = map[string]string{"code": "panic", "message": fmt.Sprint(reason)}
		}
	}()
	operations := map[string]func(*testCase) (result, error){
		"enterprise_token": p.enterpriseToken, "endpoints": p.endpoints,
		"personal_token": p.personalToken, "personal_typed": p.personalTyped,
		"assume": p.assume, "assume_oidc": p.assumeOIDC, "provide": p.provide, "profile": p.profile,
	}
	found, err := operations[c.Operation](c)
	if err != nil {
		told["error"] = map[string]string{"code": codeOf(err), "message": err.Error()}
	} else {
		told["result"] = found
	}
	return told
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		panic(err)
	}
	lines := json.NewEncoder(os.Stdout)
	for i := range p.Cases {
		if err := lines.Encode(p.run(&p.Cases[i])); err != nil {
			panic(err)
		}
	}
}
