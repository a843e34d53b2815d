// The table of causes. Meanings of codes follow the documentation of RAM, STS, RRSA and Container
// Registry. The order matters: the first match counts.
#include "protocol/aliyun/causes.hpp"

#include <array>

namespace acr::aliyun {

namespace {

using enum circumstance;

constexpr std::array rows{
    // AssumeRoleWithOIDC (RRSA).
    cause_row{"oidc_provider_missing", "AssumeRoleWithOIDC", "AuthenticationFail.NoPermission",
              "No such OIDC Provider", always,
              "no OIDC provider {provider} is registered in that account",
              "enable RRSA for the cluster, or correct rrsaOIDCProviderRoleARN; RRSA registers "
              "acs:ram::<account>:oidc-provider/ack-rrsa-<cluster id>"},
    cause_row{"oidc_not_trusted", "AssumeRoleWithOIDC", "AuthenticationFail.NoPermission", "",
              always,
              "the trust policy of {role} does not match the token, which says oidc:iss={iss} "
              "oidc:aud={aud} oidc:sub={sub}",
              "let the trust policy allow sts:AssumeRole to the Federated principal {provider} "
              "with StringEquals oidc:iss={iss}, oidc:aud=sts.aliyuncs.com and oidc:sub={sub} "
              "(documented: system:serviceaccount:kube-system:aliyun-acr-credential-helper)"},
    cause_row{"rrsa_not_enabled", "AssumeRoleWithOIDC", "AuthenticationFail.OIDCToken.Issuer*", "",
              cluster_issuer,
              "RRSA is not enabled on the cluster, or the token is older than that: its issuer is "
              "{iss}, which only the cluster itself can reach",
              "enable RRSA in the cluster's security settings; a token that is mounted is new only "
              "after the Pod was created again"},
    cause_row{"oidc_issuer_differs", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.IssuerNotMatch", "", always,
              "the token was issued by {iss}, which is not the issuer that {provider} is "
              "registered with",
              "name the provider of this cluster in rrsaOIDCProviderRoleARN, or enable RRSA again"},
    cause_row{"oidc_issuer_unreachable", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.IssuerConfigurationBroken", "", always,
              "RAM could not fetch the public keys of the issuer {iss}",
              "make sure that <issuer>/.well-known/openid-configuration and the key set that it "
              "names can be reached from the internet"},
    cause_row{"oidc_fingerprint_outdated", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch", "", always,
              "the TLS certificate of the issuer {iss} is not one whose fingerprint {provider} "
              "holds",
              "update the fingerprints of the OIDC provider in RAM"},
    cause_row{"oidc_token_expired", "AssumeRoleWithOIDC", "AuthenticationFail.OIDCToken.Expired",
              "", always, "the ServiceAccount token has expired: it was valid until {exp}",
              "make sure that the token file is a projected volume, which the kubelet rewrites, "
              "and not a copy, and that the clock of the machine is right"},
    cause_row{"oidc_issuer_tls", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.HttpsUrlInvalid", "", always,
              "RAM could not fetch the public keys of the issuer {iss}: its certificate is not "
              "valid, or it does not answer over https",
              "let the issuer answer over https on the internet, with a certificate of a public "
              "authority and its whole chain; RRSA of ACK needs nothing of it"},
    cause_row{"oidc_client_id_missing", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.AudienceNotMatch", "", usual_audience,
              "{provider} does not have the client id sts.aliyuncs.com, the token's audience",
              "add the client id sts.aliyuncs.com to the OIDC provider in RAM"},
    cause_row{"oidc_audience", "AssumeRoleWithOIDC",
              "AuthenticationFail.OIDCToken.AudienceNotMatch", "", always,
              "the token is for the audience {aud}, expected is one that {provider} is registered "
              "with: sts.aliyuncs.com",
              "set audience: sts.aliyuncs.com in the projected volume, and as client id of the "
              "provider"},
    cause_row{"oidc_token_invalid", "AssumeRoleWithOIDC", "AuthenticationFail.OIDCToken*", "",
              always, "RAM does not accept the token as signed by its issuer {iss}",
              "make sure that the token file holds one complete token of this cluster; after the "
              "cluster's signing keys were replaced, a new token is needed"},
    // AssumeRole and AssumeRoleWithOIDC.
    cause_row{
        "duration_too_long", "sts", "InvalidParameter.DurationSeconds", "", always,
        "a session of {duration} s was asked for, and {role} allows less (MaxSessionDuration, "
        "3600 s unless it was raised)",
        "lower expireDuration, or raise the maximum session duration of the role"},
    cause_row{"role_missing", "sts", "EntityNotExist.Role", "", always, "there is no role {role}",
              "create the role, or correct its ARN: acs:ram::<account id>:role/<name>"},
    cause_row{"role_arn_malformed", "sts", "InvalidParameter.RoleArn", "", always,
              "{role} is not the ARN of a role", "write acs:ram::<account id>:role/<name>"},
    cause_row{"external_id_malformed", "AssumeRole", "InvalidParameter.ExternalId", "", always,
              "the external id has characters or a length that STS does not accept",
              "use 2 to 1224 letters, digits and = , . @ : / - _"},
    cause_row{"root_account", "AssumeRole", "NoPermission", "root accounts", always,
              "the AccessKey {key} is of the account itself, which may not assume roles",
              "use an AccessKey of a RAM user with sts:AssumeRole"},
    cause_row{"control_policy", "", "denied", "ControlPolicy", always,
              "a control policy of the resource directory does not let the account of {caller} "
              "call {action}; no policy within the account changes that",
              "ask the administrator of the resource directory to allow {action} for that account"},
    cause_row{"session_policy", "", "denied", "SessionPolicy", always,
              "the session policy with which {caller} was assumed does not allow {action}; what "
              "the role itself may do does not count",
              "allow {action} in the session policy, where the role is assumed"},
    cause_row{"explicit_deny", "", "denied", "ExplicitDeny", always,
              "a policy denies {action} to {caller} explicitly; whatever allows it does not count",
              "find the Deny statement (the policy's type is in the message) and take it away"},
    cause_row{"role_does_not_trust", "AssumeRole", "NoPermission", "AssumeRolePolicy",
              without_external_id,
              "the trust policy of {role} does not name {caller}, or it asks for an external id "
              "(sts:ExternalId), and none was sent",
              "name the caller's role, user or account in the trust policy of {role}, or set the "
              "external id that its owner demands"},
    cause_row{"external_id_or_trust", "AssumeRole", "NoPermission", "AssumeRolePolicy", always,
              "the trust policy of {role} does not name {caller}, or it asks for another external "
              "id than the one sent",
              "name the caller's role, user or account in the trust policy of {role}, and compare "
              "its sts:ExternalId"},
    cause_row{"assume_role_not_permitted", "AssumeRole", "NoPermission", "IdentityBased", always,
              "{caller} has no permission sts:AssumeRole on {role}",
              "attach AliyunSTSAssumeRoleAccess to the caller, or a policy that allows "
              "sts:AssumeRole on {role} only"},
    cause_row{"assume_role_denied", "AssumeRole", "denied", "", always,
              "{caller} has no permission sts:AssumeRole on {role}, or the trust policy of the "
              "role does not name it; the service does not say which",
              "check both: sts:AssumeRole in a policy of the caller, and the caller in the trust "
              "policy of {role}"},
    // Container Registry.
    cause_row{"personal_not_permitted", "personal", "denied", "", always,
              "{caller} has no permission cr:GetAuthorizationToken",
              "attach a policy to it that allows cr:GetAuthorizationToken and cr:PullRepository on "
              "the resource *"},
    cause_row{"token_not_permitted", "GetAuthorizationToken", "denied", "", always,
              "{caller} has no permission cr:GetAuthorizationToken for {instance}",
              "attach a policy to it that allows cr:GetAuthorizationToken on * and "
              "cr:PullRepository on * or acs:cr:{region}:*:repository/{instance}/*"},
    cause_row{"endpoints_not_permitted", "ListInstanceEndpoint", "denied", "", always,
              "{caller} has no permission cr:ListInstanceEndpoint for {instance}",
              "attach a policy to it that allows cr:ListInstanceEndpoint on * or "
              "acs:cr:{region}:*:instance/{instance}; or set domains, then it is not needed"},
    cause_row{"personal_user_missing", "personal", "USER_NOT_EXIST", "", always,
              "Container Registry does not know {caller} in the region {region}: a RAM user or "
              "role of Personal edition has to set a password there once, and so does the account",
              "sign in to the Container Registry console as that user, choose the region and set "
              "the registry password, once for each region; or name the right regionId"},
    cause_row{"personal_missing", "personal", "not_found", "", always,
              "Personal edition is not opened in the region {region} by the account of {caller}",
              "open it in the console (a password must be set), or name the right regionId; a "
              "Personal instance made since 2024-09-09 (crpi-...) needs its domains"},
    cause_row{"instance_missing", "cr", "INSTANCE_NOT_EXIST", "", always,
              "there is no instance {instance} in the region {region}, in the account of {caller}",
              "check instanceId; set regionId if it is in another region, and assumeRoleARN if it "
              "is in another account"},
    cause_row{"no_endpoint", "ListInstanceEndpoint", "not_found", "no enabled endpoint", always,
              "the instance {instance} offers no domain: {endpoints}",
              "enable public access or link the VPC in the instance's access control, or set "
              "domains"},
    cause_row{"endpoint_not_running", "ListInstanceEndpoint", "finding", "Status", always,
              "the endpoint {endpoint} of {instance} is enabled, but its status is {status}",
              "wait until it is RUNNING; check whether the instance was stopped or has expired"},
    cause_row{"acl_closed", "ListInstanceEndpoint", "finding", "AclEnable", always,
              "the access control list of the endpoint {endpoint} of {instance} admits nobody: it "
              "is on and has no entry",
              "add the addresses from which the nodes reach the internet to the list"},
    cause_row{"acl_limited", "ListInstanceEndpoint", "finding", "AclEntries", always,
              "the endpoint {endpoint} of {instance} admits only {entries}",
              "make sure that the addresses from which the nodes reach it are among them"},
    cause_row{"vpc_not_linked", "ListInstanceEndpoint", "finding", "LinkedVpcs", always,
              "the VPC access of {instance} is on, but no VPC is linked: its names do not resolve",
              "link the cluster's VPC in the instance's access control"},
    // The signature.
    cause_row{"access_key_unknown", "", "InvalidAccessKeyId.NotFound", "", always,
              "there is no AccessKey {key} (it was deleted, or belongs to another site)",
              "create an AccessKey and configure it"},
    cause_row{"access_key_unknown", "", "InvalidAccessKeyId", "", always,
              "there is no AccessKey {key} (it was deleted, or belongs to another site)",
              "create an AccessKey and configure it"},
    cause_row{"access_key_disabled", "", "InvalidAccessKeyId.Inactive", "", always,
              "the AccessKey {key} is disabled", "enable it in RAM, or configure another one"},
    cause_row{
        "session_expired", "", "InvalidSecurityToken.Expired", "", always,
        "the session {key} has expired",
        "none: a new session is obtained at the next attempt; if it persists, check the clock"},
    cause_row{"session_mismatch", "", "InvalidSecurityToken*", "", always,
              "the security token does not belong to {key}",
              "configure AccessKey id, secret and security token of the same session"},
    cause_row{"session_token_missing", "", "MissingSecurityToken", "", always,
              "{key} is of a session, and no security token was sent with it",
              "configure its security token (ALIBABA_CLOUD_SECURITY_TOKEN), too"},
    cause_row{"clock_wrong", "", "InvalidTimeStamp*", "", always,
              "the clock of this machine is more than 15 minutes from the service's",
              "synchronise the clock (NTP)"},
    cause_row{"nonce_used", "", "SignatureNonceUsed", "", always,
              "the service has seen this very request before: something on the way repeats it",
              "check the proxy between the helper and {host}"},
    cause_row{"session_secret_wrong", "", "SignatureDoesNotMatch", "", session_signer,
              "the signature does not match: the secret is not that of the session {key}, or "
              "something on the way changes requests",
              "check the source of the session, and the proxy between the helper and {host}"},
    cause_row{"secret_wrong", "", "SignatureDoesNotMatch", "", always,
              "the signature does not match: the AccessKey secret is not that of {key}, or "
              "something on the way changes requests",
              "copy the secret again, without blanks or quotes at its ends; if it is right, check "
              "the proxy between the helper and {host}"},
    // The service, and the connection to it.
    cause_row{"tls_needed", "", "InvalidProtocol*", "", always,
              "the endpoint {host} was asked over http and answers over https only",
              "configure the endpoint with https://"},
    cause_row{"throttled", "", "throttled", "", always,
              "too many calls: the account's flow control counts all users and roles together",
              "none: the call is retried later; if it persists, check who else calls {action}"},
    cause_row{
        "metadata_malformed", "metadata", "malformed_answer", "", always,
        "what answers is not the metadata service of an ECS instance",
        "check where the address of the metadata service leads, and that no proxy is in between"},
    cause_row{"metadata_role_failed", "metadata", "rejected", "", always,
              "the metadata service could not assume the role of this instance",
              "make sure that the role still exists and that its trust policy names the service "
              "ecs.aliyuncs.com; then attach it again"},
    cause_row{"metadata_expired", "metadata", "credentials_bad", "", always,
              "what the metadata service gives has expired by the clock of this machine",
              "synchronise the clock (NTP); if it is right, attach the role again"},
    cause_row{"bare_status", "", "http_status", "", always,
              "something refused the request without a word of the service: a proxy, a portal, or "
              "another server",
              "check the endpoint, the proxy settings and network policies"},
    cause_row{"not_the_service", "", "malformed_answer", "", always,
              "what answered at {host} is not the service: a proxy, a portal or another server",
              "check the endpoint and the proxy settings"},
    cause_row{"service_failed", "", "service_failed", "", always,
              "the service failed, or something before it",
              "none: the call is retried; if it persists, report the request ID to the vendor"},
    cause_row{"region_unknown", "", "not_ready", "region", always,
              "the endpoint depends on the region, and the region is not known, or no region is "
              "called \"{region}\"",
              "set regionId, for example cn-hangzhou; outside of the cloud it cannot be detected"},
    cause_row{"vpc_name_unresolved", "", "dns_failed", "", vpc_endpoint,
              "{host} does not resolve: it is known only within VPCs of its region",
              "outside of the VPC use public endpoints (--public-endpoints); inside, check the DNS "
              "servers of the nodes"},
    cause_row{"name_unresolved", "", "dns_failed", "", always, "{host} does not resolve",
              "check the DNS of the cluster and the spelling of region and endpoint"},
    cause_row{"vpc_unreachable", "", "connect_failed", "", vpc_endpoint,
              "{host} does not accept connections: it can be reached only within VPCs of its "
              "region",
              "outside of the VPC use public endpoints (--public-endpoints); inside, check routes "
              "and security groups towards 100.64.0.0/10"},
    cause_row{
        "metadata_not_asked", "metadata", "unavailable", "ECS_METADATA_DISABLED", always,
        "an environment variable forbids the metadata service",
        "set regionId and configure an AccessKey, or unset ALIBABA_CLOUD_ECS_METADATA_DISABLED"},
    cause_row{"metadata_disabled", "metadata", "unavailable", "HttpEndpoint", always,
              "the metadata service is disabled on this instance, or a proxy is in between",
              "enable it (HttpEndpoint), and make sure that no proxy is in between"},
    cause_row{"metadata_without_role", "metadata", "unavailable", "attached", always,
              "no RAM role is attached to this instance", "attach the worker role to the node"},
    cause_row{"metadata_unreachable", "metadata", "unavailable", "", always,
              "the metadata service does not answer: this machine is not an ECS instance, or Pods "
              "are kept from it",
              "outside of the cloud set regionId and configure an AccessKey; inside, check network "
              "policies towards 100.100.100.200"},
    cause_row{"metadata_silent", "metadata", "http_timeout", "", always,
              "the metadata service does not answer: this machine is not an ECS instance, or Pods "
              "are kept from it",
              "outside of the cloud set regionId and configure an AccessKey; inside, check network "
              "policies towards 100.100.100.200"},
    cause_row{"metadata_refuses", "metadata", "denied", "", always,
              "the metadata service wants a token of the hardened mode (HttpTokens), and none "
              "reaches this process, or the environment demands one where there is none",
              "raise HttpPutResponseHopLimit to 2 for Pods; check ALIBABA_CLOUD_IMDSV1_DISABLED"},
    cause_row{"unreachable", "", "connect_failed", "", always, "{host} does not accept connections",
              "check NAT gateway, firewall, proxy and network policies of the Pod"},
    cause_row{
        "tls_refused", "", "tls_failed", "", always,
        "the certificate of {host} is not trusted, or something between intercepts TLS",
        "check the proxy and --ca-file; and the clock, if the certificate is \"not yet valid\""},
    cause_row{"timeout", "", "http_timeout", "", always, "{host} did not answer in time",
              "check the network path to it; the call is retried"},
};

} // namespace

std::span<const cause_row> causes() { return rows; }

} // namespace acr::aliyun
