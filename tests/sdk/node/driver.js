// Runs the cases of a plan with the vendor's SDKs for Node.js, and tells what came out: see
// tests/sdk/python/driver.py, which does the same.
'use strict';

const fs = require('fs');
const { default: Credentials, Config: CredentialsConfig } = require('@alicloud/credentials');
const { default: OpenApi, Config, Params, OpenApiRequest } = require('@alicloud/openapi-client');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { RPCClient, ROAClient } = require('@alicloud/pop-core');
const { default: Sts, AssumeRoleRequest, AssumeRoleWithOIDCRequest } = require('@alicloud/sts20150401');

const SESSION = 'sdk-contract';
const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

function provider(who) {
  if (who.provider === 'ecs') {
    return new Credentials(new CredentialsConfig({ type: 'ecs_ram_role', roleName: who.role }));
  }
  const config = { roleSessionName: SESSION, roleArn: who.role };
  if (plan.sts_tls_endpoint) config.stsEndpoint = plan.sts_tls_endpoint;
  if (who.provider === 'oidc') {
    Object.assign(config, {
      type: 'oidc_role_arn',
      oidcProviderArn: who.oidc_provider,
      oidcTokenFilePath: plan.tokens[who.token],
    });
  } else {
    const key = plan.keys[who.key];
    Object.assign(config, { type: 'ram_role_arn', accessKeyId: key.id, accessKeySecret: key.secret });
  }
  return new Credentials(new CredentialsConfig(config));
}

// The providers have no other way out of the package.
const readers = {
  tool: require('@alicloud/credentials/dist/src/providers/cli_profile').default,
  ini: require('@alicloud/credentials/dist/src/providers/profile').default,
};

async function identity(entry) {
  const who = entry.as;
  if (!who) return {};
  if (who.provider) return { credential: provider(who) };
  const key = plan.keys[who.key];
  if (!who.role) return { accessKeyId: key.id, accessKeySecret: key.secret };
  const session = await operations.assume({ as: { key: who.key }, params: { RoleArn: who.role } });
  return {
    accessKeyId: session.id,
    accessKeySecret: session.secret,
    securityToken: who.spoil === 'token' ? 'spoiled' : session.token,
  };
}

// Of an OpenAPI client. The generic one knows no product's endpoints: it gets the real name.
async function config(entry, product, generic) {
  const settings = { regionId: plan.region, ...(await identity(entry)) };
  if (plan[`${product}_endpoint`]) {
    settings.endpoint = plan[`${product}_endpoint`];
    settings.protocol = plan[`${product}_protocol`];
  } else if (generic) {
    settings.endpoint = `${product}.${plan.region}.aliyuncs.com`;
  }
  if (entry.algorithm === 'v1') settings.signatureAlgorithm = 'v2'; // so the SDKs call it
  return settings;
}

async function cr(entry, action, style, query) {
  const settings = new Config(await config(entry, 'cr', true));
  const personal = style === 'ROA';
  const params = new Params({
    action,
    version: personal ? '2016-06-07' : '2018-12-01',
    protocol: settings.protocol || 'HTTPS',
    pathname: personal ? '/tokens' : '/',
    method: personal ? 'GET' : 'POST',
    authType: 'AK',
    style,
    reqBodyType: 'json',
    bodyType: 'json',
  });
  const answer = await new OpenApi(settings).callApi(params, new OpenApiRequest({ query }), new RuntimeOptions({}));
  return answer.body;
}

// The older client: everything in a form (RPC), or signed headers (ROA).
async function pop(entry) {
  const settings = await config(entry, 'cr', true);
  return {
    accessKeyId: settings.accessKeyId,
    accessKeySecret: settings.accessKeySecret,
    securityToken: settings.securityToken,
    endpoint: `${settings.protocol || 'https'}://${settings.endpoint}`,
  };
}

const enterprise = (body) => ({
  user: body.TempUsername,
  password: body.AuthorizationToken,
  expires_ms: body.ExpireTime,
  success: body.IsSuccess,
});
const personal = ({ data }) => ({
  user: data.tempUserName,
  password: data.authorizationToken,
  expires_ms: data.expireDate,
});
const session = (credentials) => ({
  id: credentials.accessKeyId,
  secret: credentials.accessKeySecret,
  token: credentials.securityToken,
  expiration: credentials.expiration,
});

const operations = {
  async enterprise_token(entry) {
    return enterprise(await cr(entry, 'GetAuthorizationToken', 'RPC', entry.params));
  },
  async enterprise_token_pop(entry) {
    const client = new RPCClient({ ...(await pop(entry)), apiVersion: '2018-12-01' });
    return enterprise(await client.request('GetAuthorizationToken', entry.params, { method: 'POST' }));
  },
  async endpoints(entry) {
    const body = await cr(entry, 'ListInstanceEndpoint', 'RPC', { ...entry.params, ModuleName: 'Registry' });
    return {
      success: body.IsSuccess,
      domains: body.Endpoints.flatMap((endpoint) => endpoint.Domains.map((domain) => domain.Domain)),
    };
  },
  async personal_token(entry) {
    return personal(await cr(entry, 'GetAuthorizationToken', 'ROA'));
  },
  async personal_token_pop(entry) {
    const client = new ROAClient({ ...(await pop(entry)), apiVersion: '2016-06-07' });
    return personal(await client.request('GET', '/tokens'));
  },
  async assume({ params, ...entry }) {
    const client = new Sts(new $OpenApiUtil.Config(await config(entry, 'sts', false)));
    const request = new AssumeRoleRequest({
      roleArn: params.RoleArn,
      roleSessionName: SESSION,
      durationSeconds: params.DurationSeconds || 3600,
      policy: params.Policy,
    });
    return session((await client.assumeRole(request)).body.credentials);
  },
  async assume_oidc({ params, ...entry }) {
    const client = new Sts(new $OpenApiUtil.Config(await config(entry, 'sts', false)));
    const request = new AssumeRoleWithOIDCRequest({
      roleArn: params.RoleArn,
      OIDCProviderArn: params.OIDCProviderArn,
      OIDCToken: fs.readFileSync(plan.tokens[params.token], 'utf8'),
      roleSessionName: SESSION,
      durationSeconds: 3600,
    });
    return session((await client.assumeRoleWithOIDC(request)).body.credentials);
  },
  async profile(entry) {
    const found = await readers[entry.params.file].builder().withProfileName(entry.params.profile).build().getCredentials();
    return { id: found.accessKeyId, secret: found.accessKeySecret, token: found.securityToken };
  },
  async provide(entry) {
    const found = await provider(entry.as).getCredential();
    return { id: found.accessKeyId, secret: found.accessKeySecret, token: found.securityToken };
  },
};

async function main() {
  for (const entry of plan.cases) {
    let told;
    try {
      told = { result: await operations[entry.operation](entry) };
    } catch (error) {
      told = { error: { code: String(error.code || ''), message: String(error.message || error) } };
    }
    console.log(JSON.stringify({ name: entry.name, ...told }));
  }
}

main();
