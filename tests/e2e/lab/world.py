"""The world that the simulated Alibaba Cloud plays in the tests: two accounts, one trusting the other.

OWN is the account of the cluster: a RAM user with an access key, a role for RRSA that the cluster's
ServiceAccount may assume, Enterprise instances and a Personal edition. OTHER owns an instance that OWN
reaches only through a role of OTHER.
"""

OWN = "1000000000000001"
OTHER = "1000000000000002"
REGION = "cn-hangzhou"

KEY_ID = "LTAI5tSimulatedKey000001"
# Long enough to be found wherever it leaks.
KEY_SECRET = "MarkerOfTheAccessKeySecret00001"

PROVIDER = "ack-rrsa-e2e"
PROVIDER_ARN = f"acs:ram::{OWN}:oidc-provider/{PROVIDER}"
RRSA_ROLE_ARN = f"acs:ram::{OWN}:role/acr-rrsa"
PULLER_ROLE_ARN = f"acs:ram::{OTHER}:role/acr-puller"
HELPER_SUBJECT = "system:serviceaccount:kube-system:aliyun-acr-credential-helper"

ONE = "cri-one0000000000001"
TWO = "cri-two0000000000002"
FAR = "cri-far0000000000003"  # of OTHER

PULL = ["cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository"]


def domains_of(name, region=REGION):
    """The domains that an instance has by itself: public and VPC."""
    return [f"{name}-registry.{region}.cr.aliyuncs.com",
            f"{name}-registry-vpc.{region}.cr.aliyuncs.com"]


def personal_domains(region=REGION):
    return [f"{kind}.{region}.aliyuncs.com" for kind in ("registry", "registry-vpc", "registry-internal")]


def allow(actions, resource="*"):
    return {"Version": "1",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}


def instance(identity, name, extra_domains=(), **more):
    public, vpc = domains_of(name)
    user_domains = [{"domain": domain, "type": "USER"} for domain in extra_domains]
    return {"id": identity, "name": name, "region": REGION,
            "endpoints": [{"type": "internet", "domains": [{"domain": public}, *user_domains]},
                          {"type": "vpc", "domains": [{"domain": vpc}], "linked_vpcs": ["vpc-e2e"]}], **more}


def world(issuer, ca_file, password_s=3600.0, session_s=None, registry_domain=None):
    """A world whose RRSA role trusts the ServiceAccount tokens of the cluster at `issuer`."""
    lifetimes = {"password_s": password_s}
    if session_s:
        lifetimes["session_s"] = session_s
    trust_cluster = {"Version": "1", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER_ARN]},
        "Condition": {"StringEquals": {"oidc:iss": issuer, "oidc:aud": "sts.aliyuncs.com",
                                       "oidc:sub": HELPER_SUBJECT}}}]}
    trust_own_role = {"Version": "1", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [RRSA_ROLE_ARN]}}]}
    return {
        "lifetimes": lifetimes,
        "accounts": [
            {"id": OWN,
             "users": [{"name": "acr-helper", "keys": [{"id": KEY_ID, "secret": KEY_SECRET}],
                        "policy": allow(PULL)}],
             "roles": [{"name": "acr-rrsa", "max_session_duration": 43200,
                        "trust_policy": trust_cluster,
                        "policy": allow(["sts:AssumeRole", *PULL])}],
             "oidc_providers": [{"name": PROVIDER, "issuer": issuer, "client_ids": ["sts.aliyuncs.com"],
                                 "ca_file": str(ca_file)}],
             "instances": [instance(ONE, "one", [registry_domain] if registry_domain else []),
                           instance(TWO, "two")],
             "personal": [{"region": REGION}]},
            {"id": OTHER,
             "roles": [{"name": "acr-puller", "max_session_duration": 43200,
                        "trust_policy": trust_own_role, "policy": allow(PULL)}],
             "instances": [instance(FAR, "far")]},
        ],
        "metadata": {"region": REGION},
    }


def entry(identity="", **more):
    """One entry of acr-registry-info."""
    return {"instanceId": identity, "regionId": REGION, **more}


def rrsa_entry(identity, cross_account=False, **more):
    """The same, reached with the cluster's ServiceAccount token; and from there to OTHER's role."""
    more = {"rrsaRoleARN": RRSA_ROLE_ARN, "rrsaOIDCProviderRoleARN": PROVIDER_ARN, **more}
    if cross_account:
        more["assumeRoleARN"] = PULLER_ROLE_ARN
    return entry(identity, **more)
