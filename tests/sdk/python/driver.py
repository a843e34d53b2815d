"""Runs the cases of a plan with the vendor's SDKs for Python, and tells what came out.

usage: driver.py PLAN     (written by tests/sdk/contract.py, which also judges the results)

Prints one line of JSON per case: {"name": ..., "result": {...}} or {"name": ..., "error": {"code", "message"}}.
"""

import json
import sys

from alibabacloud_cr20181201 import models as cr_models
from alibabacloud_cr20181201.client import Client as CrClient
from alibabacloud_cr20160607.client import Client as PersonalClient
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_credentials.provider import CLIProfileCredentialsProvider, ProfileCredentialsProvider
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

SESSION = "sdk-contract"


class Driver:
    def __init__(self, plan):
        self.plan = plan

    def config(self, case, product):
        """Of an OpenAPI client; without an endpoint in the plan it finds its own."""
        config = openapi.Config(region_id=self.plan["region"], **self.identity(case))
        if endpoint := self.plan[product + "_endpoint"]:
            config.endpoint = endpoint
            config.protocol = self.plan[product + "_protocol"]
        if case.get("algorithm") == "v1":
            config.signature_algorithm = "v2"  # so the SDKs call their older generation
        return config

    def identity(self, case):
        who = case.get("as")
        if who is None:
            return {}
        if "provider" in who:
            return {"credential": self.provider(who)}
        key = self.plan["keys"][who["key"]]
        if "role" not in who:
            return {"access_key_id": key["id"], "access_key_secret": key["secret"]}
        session = self.assume({"as": {"key": who["key"]}, "params": {"RoleArn": who["role"]}})
        spoiled = who.get("spoil")
        return {"access_key_id": session["id"],
                "access_key_secret": session["secret"],
                "security_token": "spoiled" if spoiled == "token" else session["token"]}

    def provider(self, who):
        config = CredentialsConfig(role_session_name=SESSION)
        if who["provider"] == "ecs":
            return Credentials(CredentialsConfig(type="ecs_ram_role", role_name=who.get("role")))
        config.role_arn = who["role"]
        if endpoint := self.plan["sts_tls_endpoint"]:
            config.sts_endpoint = endpoint
        if who["provider"] == "oidc":
            config.type = "oidc_role_arn"
            config.oidc_provider_arn = who["oidc_provider"]
            config.oidc_token_file_path = self.plan["tokens"][who["token"]]
        else:
            key = self.plan["keys"][who["key"]]
            config.type = "ram_role_arn"
            config.access_key_id = key["id"]
            config.access_key_secret = key["secret"]
        return Credentials(config)

    # One method per operation of the plan.

    def enterprise_token(self, case):
        request = cr_models.GetAuthorizationTokenRequest(instance_id=case["params"]["InstanceId"])
        body = CrClient(self.config(case, "cr")).get_authorization_token(request).body
        return {"user": body.temp_username, "password": body.authorization_token,
                "expires_ms": body.expire_time, "success": body.is_success}

    def endpoints(self, case):
        request = cr_models.ListInstanceEndpointRequest(
            instance_id=case["params"]["InstanceId"], module_name="Registry")
        body = CrClient(self.config(case, "cr")).list_instance_endpoint(request).body
        return {"success": body.is_success,
                "domains": [domain.domain for endpoint in body.endpoints for domain in endpoint.domains]}

    def personal_token(self, case):
        config = self.config(case, "cr")
        if not config.endpoint:  # a generic client knows no product's endpoints
            config.endpoint = f"cr.{self.plan['region']}.aliyuncs.com"
        params = Params(action="GetAuthorizationToken", version="2016-06-07", protocol=config.protocol or "HTTPS",
                        pathname="/tokens", method="GET", auth_type="AK", style="ROA",
                        req_body_type="json", body_type="json")
        data = OpenApiClient(config).call_api(params, OpenApiRequest(), RuntimeOptions())["body"]["data"]
        return {"user": data["tempUserName"], "password": data["authorizationToken"],
                "expires_ms": data["expireDate"]}

    def personal_typed(self, case):
        PersonalClient(self.config(case, "cr")).get_authorization_token()
        return {}  # this client drops the body

    def assume(self, case):
        params = case["params"]
        request = sts_models.AssumeRoleRequest(
            role_arn=params["RoleArn"], role_session_name=SESSION,
            duration_seconds=params.get("DurationSeconds", 3600), policy=params.get("Policy"))
        return session(StsClient(self.config(case, "sts")).assume_role(request).body.credentials)

    def assume_oidc(self, case):
        params = case["params"]
        with open(self.plan["tokens"][params["token"]], encoding="utf-8") as file:
            token = file.read()
        request = sts_models.AssumeRoleWithOIDCRequest(
            role_arn=params["RoleArn"], oidcprovider_arn=params["OIDCProviderArn"], oidctoken=token,
            role_session_name=SESSION, duration_seconds=3600)
        return session(StsClient(self.config(case, "sts")).assume_role_with_oidc(request).body.credentials)

    def provide(self, case):
        found = self.provider(case["as"]).get_credential()
        return {"id": found.access_key_id, "secret": found.access_key_secret, "token": found.security_token}

    def profile(self, case):
        params = case["params"]
        reader = {"tool": CLIProfileCredentialsProvider, "ini": ProfileCredentialsProvider}[params["file"]]
        found = reader(profile_name=params["profile"]).get_credentials()
        return {"id": found.get_access_key_id(), "secret": found.get_access_key_secret(),
                "token": found.get_security_token()}


def session(credentials):
    return {"id": credentials.access_key_id, "secret": credentials.access_key_secret,
            "token": credentials.security_token, "expiration": credentials.expiration}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    driver = Driver(plan)
    for case in plan["cases"]:
        try:
            told = {"result": getattr(driver, case["operation"])(case)}
        except Exception as error:  # whatever an SDK throws is an answer
            told = {"error": {"code": str(getattr(error, "code", "")), "message": str(error)}}
        print(json.dumps({"name": case["name"], **told}), flush=True)


if __name__ == "__main__":
    main()
