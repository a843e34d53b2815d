"""What the kubelet sees while passwords are renewed, end, and come from several accounts."""

import time

from creation import Load, create, create_pod, namespace_body, outcomes, post
from lab.objects import SECRET, auths
from lab.waiting import until
from lab.world import FAR, ONE, REGION, RRSA_ROLE_ARN, rrsa_entry, entry
from rig import FAR_PRIVATE, HOST, PRIVATE, PUBLIC, figures_of, pod_body
