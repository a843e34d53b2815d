"""A password ends with the session that asked for it: sessions are renewed first."""

from lab.objects import SECRET, auths
from lab.waiting import until
from lab.world import FAR, domains_of, rrsa_entry

# Sessions live 12 s whatever was asked for, passwords would live an hour: they end with the session.
LABORATORY = {"password_s": 3600.0, "session_s": 12.0}
DOMAINS = domains_of("far")


def test_sessions_are_renewed_before_the_passwords_that_depend_on_them(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(FAR, cross_account=True)], watch_namespace=namespace,
                  rrsa="enable: true", expiring_threshold="4s")
    mark = lab.cloud.mark()
    lab.helper(key=False)
    lab.wait_secret(namespace, DOMAINS)
    seen = set()

    def renewed():
        password = auths(lab.secret(namespace))[DOMAINS[0]][1]
        assert password, f"{SECRET} was withdrawn"
        seen.add(password)
        return len(seen) >= 4
    until("three renewals", renewed, 60)
    counts = {name: len(lab.cloud.calls(name, since=mark))
              for name in ("AssumeRoleWithOIDC", "AssumeRole", "GetAuthorizationToken")}
    # Each renewal needs a new session, and none is asked for more often than that.
    assert counts["AssumeRole"] <= counts["GetAuthorizationToken"] + 1
    assert counts["AssumeRoleWithOIDC"] <= counts["AssumeRole"]
    assert counts["GetAuthorizationToken"] <= 6
