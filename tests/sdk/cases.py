"""What the vendor's SDKs are asked to do against the simulated cloud, and what must come out.

A case: `operation` (a function of every driver), `as` (who asks), `algorithm` (v3, or v1 for the older
signatures), `params`, and `expect`: "ok", or the service's error code; `expect_text` is what an SDK says
in place of that code.
"""

ACCOUNT = "acs:ram::1000000000000001"
INSTANCE = "cri-sdk0000000000001"
DOMAINS = ["contract-registry.cn-hangzhou.cr.aliyuncs.com", "contract-registry-vpc.cn-hangzhou.cr.aliyuncs.com"]

KEYS = {
    "puller": {"id": "LTAIsdkPuller00000001", "secret": "sdk-secret-of-the-puller-0001"},
    "bad secret": {"id": "LTAIsdkPuller00000001", "secret": "sdk-secret-that-is-not-right1"},
    "unknown key": {"id": "LTAIsdkUnknown0000001", "secret": "sdk-secret-of-the-puller-0001"},
    "inactive key": {"id": "LTAIsdkInactive000001", "secret": "sdk-secret-of-nobody-00000001"},
    "no permission": {"id": "LTAIsdkNobody00000001", "secret": "sdk-secret-of-nobody-00000002"},
}

# Every way in which credentials are bad, and what a service of the product says to it.
BAD = {
    "bad secret": "SignatureDoesNotMatch",
    "unknown key": "InvalidAccessKeyId.NotFound",
    "inactive key": "InvalidAccessKeyId.Inactive",
}


def role(name):
    return f"{ACCOUNT}:role/{name}"


def key(name):
    return {"key": name}


SESSION = {"key": "puller", "role": role("chained")}
SPOILED = {**SESSION, "spoil": "token"}


def registry_cases(operation, params):
    """The same for every operation of Container Registry, with both generations of signatures."""
    for algorithm in ("v3", "v1"):
        def case(who, label, expect, with_params=params, algorithm=algorithm):
            return {"name": f"{operation}, {label}, {algorithm}", "operation": operation, "as": who,
                    "algorithm": algorithm, "params": with_params, "expect": expect}

        yield case(key("puller"), "key", "ok")
        yield case(SESSION, "session", "ok")
        yield case(SPOILED, "spoiled session", "InvalidSecurityToken.Malformed")
        for name, code in BAD.items():
            yield case(key(name), name, code)
        yield case(key("no permission"), "no permission", "Forbidden.RAM")
        if params:
            yield case(key("puller"), "unknown instance", "INSTANCE_NOT_EXIST",
                       {"InstanceId": "cri-sdk0000000000009"})


def sts_cases():
    for algorithm in ("v3", "v1"):
        def case(who, label, expect, target="chained", algorithm=algorithm, **more):
            return {"name": f"assume, {label}, {algorithm}", "operation": "assume", "as": who,
                    "algorithm": algorithm, "params": {"RoleArn": role(target), **more}, "expect": expect}

        yield case(key("puller"), "key", "ok")
        yield case(SESSION, "session", "ok")
        # Blanks and signs in a parameter: where encodings differ.
        yield case(key("puller"), "policy", "ok",
                   Policy='{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "cr:*", "Resource": "*"}]}')
        yield case(SPOILED, "spoiled session", "InvalidSecurityToken.Malformed")
        for name, code in BAD.items():
            yield case(key(name), name, code)
        yield case(key("no permission"), "no permission", "NoPermission")
        yield case(key("puller"), "another's role", "NoPermission", "locked")
        yield case(key("puller"), "missing role", "EntityNotExist.Role", "missing")
        yield case(key("puller"), "too long", "InvalidParameter.DurationSeconds", DurationSeconds=7200)


OIDC_ERRORS = {
    "expired": "AuthenticationFail.OIDCToken.Expired",
    "other audience": "AuthenticationFail.OIDCToken.AudienceNotMatch",
    "other issuer": "AuthenticationFail.OIDCToken.IssuerNotMatch",
    "other key": "AuthenticationFail.OIDCToken.Invalid",
    "no token": "AuthenticationFail.OIDCToken.Invalid",
    "other subject": "AuthenticationFail.NoPermission",
}


def oidc_cases():
    def case(label, expect, token="good", target="rrsa", provider="sdk"):
        return {"name": f"assume_oidc, {label}", "operation": "assume_oidc", "expect": expect,
                "params": {"RoleArn": role(target), "OIDCProviderArn": f"{ACCOUNT}:oidc-provider/{provider}",
                           "token": token}}

    yield case("good token", "ok")
    for token, code in OIDC_ERRORS.items():
        yield case(token, code, token)
    yield case("missing role", "EntityNotExist.Role", target="missing")
    yield case("missing provider", "AuthenticationFail.NoPermission", provider="missing")
    yield case("another's role", "AuthenticationFail.NoPermission", target="locked")


def provider_cases(language, metadata):
    """Credentials that an SDK obtains by itself, and what it then does with them."""
    def case(label, who, expect, operation="provide"):
        params = {"InstanceId": INSTANCE} if operation == "enterprise_token" else {}
        return {"name": f"{operation} by provider, {label}", "operation": operation, "as": who,
                "algorithm": "v3", "params": params, "expect": expect}

    oidc = {"provider": "oidc", "role": role("rrsa"), "oidc_provider": f"{ACCOUNT}:oidc-provider/sdk",
            "token": "good"}
    assume = {"provider": "role", "role": role("chained"), "key": "puller"}
    for operation in ("provide", "enterprise_token"):
        yield case("OIDC", oidc, "ok", operation)
        yield case("role", assume, "ok", operation)
        if metadata:
            yield case("metadata service", {"provider": "ecs", "role": "worker"}, "ok", operation)
    yield case("OIDC, expired", {**oidc, "token": "expired"}, OIDC_ERRORS["expired"])
    yield case("OIDC, other subject", {**oidc, "token": "other subject"}, OIDC_ERRORS["other subject"])
    bad_secret = case("role, bad secret", {**assume, "key": "bad secret"}, BAD["bad secret"])
    if language == "node":  # said only if the service's string to sign is, byte by byte, its own
        bad_secret["expect_text"] = "the access key secret is invalid"
    yield bad_secret
    yield case("role, another's", {**assume, "role": role("locked")}, "NoPermission")
    if metadata:
        yield case("metadata service, role found by itself", {"provider": "ecs"}, "ok")


# Profiles in tests/data/aliyun/profiles, which the helper's own tests read, too: the key that each leads
# to, or nothing if it leads to a session of STS.
PROFILES = {
    "tool": {"static": KEYS["puller"]["id"], "session": "STS.made-up", "role": None, "machine": None, "pod": None,
             "chain": None},
    "ini": {"default": KEYS["puller"]["id"], "role": None, "machine": None, "pod": None},
}


def profile_cases(language, metadata):
    """Without the real names, only those that need no service."""
    for file, names in PROFILES.items():
        for profile, key_id in names.items():
            known = (file, profile) != ("ini", "pod") or language == "python"
            if known and (key_id or metadata):
                yield {"name": f"profile {profile} of {file}", "operation": "profile", "expect": "ok", "key": key_id,
                       "params": {"file": file, "profile": profile}}


def typed_personal_cases():
    for name, expect in (("puller", "ok"), ("bad secret", BAD["bad secret"])):
        yield {"name": f"personal_typed, {name}", "operation": "personal_typed", "as": key(name), "params": {},
               "expect": expect}


def pop_core_cases():
    for operation, params in (("enterprise_token", {"InstanceId": INSTANCE}), ("personal_token", {})):
        for case in registry_cases(operation, params):
            if case["algorithm"] != "v1":
                continue
            renamed = operation + "_pop"
            case.update(name=case["name"].replace(operation, renamed), operation=renamed)
            if operation == "personal_token" and case["expect"] != "ok":
                # It looks for capitalised keys only, which ROA services do not send, and tells the status.
                case["expect_text"] = "code: 40"
            yield case


def cases(language, metadata):
    """`metadata`: whether 100.100.100.200 leads to the simulated cloud."""
    yield from registry_cases("enterprise_token", {"InstanceId": INSTANCE})
    yield from registry_cases("endpoints", {"InstanceId": INSTANCE})
    yield from registry_cases("personal_token", {})
    yield from sts_cases()
    yield from oidc_cases()
    yield from provider_cases(language, metadata)
    yield from profile_cases(language, metadata)
    if language == "node":  # it has no typed client of the registry, but an older generic one
        yield from pop_core_cases()
    else:
        yield from typed_personal_cases()
