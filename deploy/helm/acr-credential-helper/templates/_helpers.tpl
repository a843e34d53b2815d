{{/* The labels that never change: selectors use them. */}}
{{- define "acr.selector" -}}
app.kubernetes.io/name: acr-credential-helper
app.kubernetes.io/component: controller
{{- end -}}

{{- define "acr.labels" -}}
{{ include "acr.selector" . }}
{{ include "acr.release" . }}
{{- end -}}

{{/* Labels of every object, whatever it is for. */}}
{{- define "acr.release" -}}
app.kubernetes.io/part-of: acr-credential-helper
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with include "acr.commonLabels" . }}
{{ . }}
{{- end }}
{{- end -}}

{{/* commonLabels without those that the chart sets itself, which are refused. */}}
{{- define "acr.commonLabels" -}}
{{- range $key, $_ := .Values.commonLabels -}}
{{- if or (hasPrefix "app.kubernetes.io/" $key) (hasPrefix "helm.sh/" $key) -}}
{{- fail (printf "commonLabels: %s is set by the chart" $key) -}}
{{- end -}}
{{- end -}}
{{- with .Values.commonLabels }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* Labels of an object with more of its own, which take precedence. Takes root and more. */}}
{{- define "acr.labelsAnd" -}}
{{- toYaml (merge (dict) .more (include "acr.labels" .root | fromYaml)) -}}
{{- end -}}

{{/* Labels of the Pods of a component, without those that change with each version. Takes root and component. */}}
{{- define "acr.podLabels" -}}
{{- $own := dict "app.kubernetes.io/name" "acr-credential-helper" "app.kubernetes.io/component" .component -}}
{{- range $key, $_ := $own -}}
{{- if hasKey ($.root.Values.podLabels | default dict) $key -}}
{{- fail (printf "podLabels: %s is what the chart finds its Pods by" $key) -}}
{{- end -}}
{{- end -}}
{{- $more := include "acr.commonLabels" .root | fromYaml -}}
{{- toYaml (merge $own (.root.Values.podLabels | default dict) $more (dict "app.kubernetes.io/part-of" "acr-credential-helper")) -}}
{{- end -}}

{{/* Where Pods run, and how they find names: of the helper, and of the cleanup. */}}
{{- define "acr.network" -}}
{{- if .Values.hostNetwork }}
hostNetwork: true
{{- end }}
{{- with .Values.dnsPolicy | default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "acr.scheduling" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Names, or objects with a name. */}}
{{- define "acr.pullSecrets" -}}
{{- range .Values.image.pullSecrets }}
- name: {{ if kindIs "map" . }}{{ quote .name }}{{ else }}{{ quote . }}{{ end }}
{{- end }}
{{- end -}}

{{- define "acr.subject" -}}
- kind: ServiceAccount
  name: {{ .Values.serviceAccount.name | quote }}
  namespace: {{ .Release.Namespace | quote }}
{{- end -}}

{{- define "acr.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* A name that values.yaml may hold as a number: without an exponent. */}}
{{- define "acr.word" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) }}{{ int64 . }}{{ else }}{{ toString . }}{{ end -}}
{{- end -}}

{{/* One value of the ConfigMap as text: names with commas between them, anything else as YAML. */}}
{{- define "acr.text" -}}
{{- if kindIs "string" . -}}
{{ . }}
{{- else if kindIs "slice" . -}}
{{- $names := true -}}
{{- range . }}{{ if or (kindIs "map" .) (kindIs "slice" .) (kindIs "bool" .) (kindIs "invalid" .) }}{{ $names = false }}{{ end }}{{ end -}}
{{- if and $names (gt (len .) 0) -}}
{{- range $i, $item := . }}{{ if $i }},{{ end }}{{ include "acr.word" $item }}{{ end -}}
{{- else }}{{ toYaml . }}{{ end -}}
{{- else if kindIs "float64" . -}}
{{ include "acr.word" . }}
{{- else if not (kindIs "invalid" .) -}}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{/* Names and patterns as a regular expression. */}}
{{- define "acr.expression" -}}
^({{ range $i, $pattern := . }}{{ if $i }}|{{ end }}{{ $pattern | replace "." "[.]" | replace "*" ".*" }}{{ end }})$
{{- end -}}

{{/* A match condition of the admission policy, for a scope that is no list of names. Takes name, text and scope. */}}
{{- define "acr.condition" -}}
{{- $parts := list -}}
{{- if not .scope.all -}}
{{- $parts = append $parts (printf "%s.matches('%s')" .text (include "acr.expression" (concat .scope.names .scope.patterns))) -}}
{{- end -}}
{{- if .scope.excluded -}}
{{- $parts = append $parts (printf "!%s.matches('%s')" .text (include "acr.expression" .scope.excluded)) -}}
{{- end -}}
{{- if and .scope.open $parts }}
    - name: {{ .name }}
      expression: >-
        {{ join " && " $parts }}
{{- end -}}
{{- end -}}

{{/* Which namespaces or accounts a configuration selects, as the program reads it (docs/configuration.md): all,
     names, patterns, excluded and open in JSON. Takes data, and keys, the names of the key in the three spellings.
     What the program refuses is refused here. */}}
{{- define "acr.scope" -}}
{{- $data := .data | default dict -}}
{{- range $name, $value := .data -}}
{{- if and (kindIs "string" $value) (regexMatch "[.](yaml|yml|json)$" $name) }}{{ $data = fromYaml $value }}{{ end -}}
{{- end -}}
{{- $key := index .keys 0 -}}
{{- $value := "default" -}}
{{- $found := false -}}
{{- range $name, $given := $data -}}
{{- range $known := $.keys -}}
{{- if eq (lower $name) (lower $known) }}{{ $key = $name }}{{ $value = $given }}{{ $found = true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if and (not $found) (has "namespaces" .keys) (hasKey $data "namespaceSelector") }}{{ $value = "all" }}{{ end -}}
{{- if kindIs "bool" $value -}}
{{- fail (printf "configuration.data: %s is %v, which YAML makes of yes, no, on and off: put the name in quotes" $key $value) -}}
{{- end -}}
{{- $words := true -}}
{{- if and (kindIs "string" $value) (regexMatch "^\\s*([{]|names:)" ($value | toString)) }}{{ $value = fromYaml $value }}{{ end -}}
{{- if kindIs "map" $value }}{{ $words = false }}{{ $value = index $value "names" | default list }}{{ end -}}
{{- if kindIs "invalid" $value }}{{ $value = "default" }}{{ end -}}
{{- $items := list -}}
{{- if kindIs "slice" $value -}}
{{- $items = $value -}}
{{- else -}}
{{- $text := regexReplaceAll "(?m)^[ \\t]*#.*$" (include "acr.word" $value) "" -}}
{{- if regexMatch "^\\s*(\\[|- )" $text -}}
{{- $items = fromYamlArray $text -}}
{{- else if regexMatch "^[\\s\\x{3000}\\x{a0}\\x{200b}\\x{feff}]*$" $text -}}
{{- $items = list "default" -}}
{{- else -}}
{{- range regexSplit "[,\\x{ff0c}\\x{3001}\\n]" $text -1 -}}
{{- if regexMatch "[^\\s\\x{3000}\\x{a0}\\x{200b}\\x{feff}]" . }}{{ $items = append $items . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $form := ternary "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$" (has "namespaces" .keys) -}}
{{- $names := list -}}
{{- $patterns := list -}}
{{- $excluded := list -}}
{{- $all := false -}}
{{- range $items -}}
{{- if kindIs "bool" . -}}
{{- fail (printf "configuration.data: %s holds %v, which YAML makes of yes, no, on and off: put the name in quotes" $key .) -}}
{{- end -}}
{{- $name := regexReplaceAll "^[\\s\\x{3000}\\x{a0}\\x{200b}\\x{feff}]+|[\\s\\x{3000}\\x{a0}\\x{200b}\\x{feff}]+$" (include "acr.word" .) "" -}}
{{- $not := and $words (hasPrefix "!" $name) -}}
{{- if $not }}{{ $name = trimPrefix "!" $name | trim }}{{ end -}}
{{- if and $words (eq (lower $name) "default") }}{{ $name = "default" }}{{ end -}}
{{- $every := and $words (or (eq $name "*") (eq (lower $name) "all")) -}}
{{- $pattern := and $words (contains "*" $name) -}}
{{- if and $every $not -}}
{{- fail (printf "configuration.data: %s excludes all there is" $key) -}}
{{- end -}}
{{- if not (or $every (regexMatch $form (ternary ($name | replace "*" "x") $name $pattern))) -}}
{{- fail (printf "configuration.data: %q in %s cannot be a name in Kubernetes" $name $key) -}}
{{- end -}}
{{- if $every -}}
{{- $all = true -}}
{{- else if $not -}}
{{- $excluded = append $excluded $name -}}
{{- else if $pattern -}}
{{- $patterns = append $patterns $name -}}
{{- else -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- if and $all (or $names $patterns) -}}
{{- fail (printf "configuration.data: %s: use either `all` or names; to exclude some, write `all,!kube-*`" $key) -}}
{{- end -}}
{{- if not (or $all $names $patterns $excluded) -}}
{{- fail (printf "configuration.data: %s names nothing: give at least one name, or leave the key out for `default`" $key) -}}
{{- end -}}
{{- $kept := list -}}
{{- range $names -}}
{{- if not (and $excluded (regexMatch (include "acr.expression" $excluded) .)) }}{{ $kept = append $kept . }}{{ end -}}
{{- end -}}
{{- if not (or $all $kept $patterns) -}}
{{- fail (printf "configuration.data: %s excludes names and selects none: begin with `all`" $key) -}}
{{- end -}}
{{- $open := or $all (gt (len $patterns) 0) -}}
{{- dict "all" $all "names" ($kept | uniq | sortAlpha) "patterns" ($patterns | uniq | sortAlpha)
    "excluded" (ternary ($excluded | uniq | sortAlpha) list $open) "open" $open | toJson -}}
{{- end -}}

{{- define "acr.namespaces" -}}
{{- include "acr.scope" (dict "data" .Values.configuration.data "keys" (list "watch-namespace" "watchNamespace" "namespaces")) -}}
{{- end -}}
{{/* namespaceSelector of the helper's own form in JSON; {} if there is none. */}}
{{- define "acr.namespaceSelector" -}}
{{- $data := .Values.configuration.data -}}
{{- range $name, $value := $data -}}
{{- if and (kindIs "string" $value) (regexMatch "[.](yaml|yml|json)$" $name) }}{{ $data = fromYaml $value }}{{ end -}}
{{- end -}}
{{- $selector := index (default dict $data) "namespaceSelector" | default dict -}}
{{- if kindIs "string" $selector }}{{ $selector = fromYaml $selector }}{{ end -}}
{{- toJson $selector -}}
{{- end -}}
{{- define "acr.accounts" -}}
{{- include "acr.scope" (dict "data" .Values.configuration.data "keys" (list "service-account" "serviceAccount" "serviceAccounts")) -}}
{{- end -}}

{{/* What the helper calls its Secrets. */}}
{{- define "acr.secretNames" -}}
- acr-credential-secret-aggregation
- acr-credential-secret-aggregation-2
- acr-credential-secret-aggregation-3
- acr-credential-secret-aggregation-4
{{- end -}}

{{/* The rules that a served namespace needs. */}}
{{- define "acr.rules" -}}
# The helper's own Secrets, and no others: the pull Secret of a namespace, and up to three more where two
# instances share a domain.
# - list and watch: with the field selector metadata.name=<name>, to restore Secrets that were changed or deleted;
#   a list without it, or of another name, is refused.
# - get: one of them, to read its current content after a write was refused because of a concurrent change.
# - patch and create: server-side apply needs both to create an object of a given name (a plain POST
#   stays refused: its name is not known to the authorizer).
# - delete: when a namespace leaves the scope.
- apiGroups: [""]
  resources: [secrets]
  resourceNames:
    {{- include "acr.secretNames" . | nindent 4 }}
  verbs: [get, list, watch, create, patch, delete]
# Linking: the watch reports which accounts exist and their imagePullSecrets; the patch adds or
# removes the helper's entries. Not limited by name, because any account may be in scope.
# No update: replacing a whole ServiceAccount could lose what others wrote.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch, patch]
# Events report problems on the object that they concern. Patch, because the count of repeated events is
# increased in place. Both APIs carry events.
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* Beginning of each object of the cleanup after uninstall. */}}
{{- define "acr.hook" -}}
name: acr-credential-helper-cleanup
labels:
  app.kubernetes.io/name: acr-credential-helper
  app.kubernetes.io/component: cleanup
  {{- include "acr.release" . | nindent 2 }}
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* "yes" if the policies that limit the helper's account are installed. */}}
{{- define "acr.guarded" -}}
{{- if .Values.guardPolicies.enabled -}}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" .Release.Namespace) -}}
{{- fail (printf "%q cannot be the name of a namespace: it would become a part of the policies' expressions" .Release.Namespace) -}}
{{- end -}}
{{- if or (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy") (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) -}}
yes
{{- else if .Values.guardPolicies.required -}}
{{- fail (printf "guardPolicies: Kubernetes %s has no ValidatingAdmissionPolicy (1.30 and newer have). Without the policies a stolen token of the helper is cluster-admin (with rbac.namespaces: it has the power of every account in these namespaces). To install it all the same: guardPolicies.required=false" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The policies for `account` of the release's namespace. */}}
{{- define "acr.guardPolicies" -}}
{{- $policies := .root.Values.guardPolicies -}}
{{ .root.Files.Get "files/guard-policies.yaml" | replace "%NAMESPACE%" .root.Release.Namespace | replace "%ACCOUNT%" .account | replace "%KEYS%" (toJson $policies.toleratedKeys) | replace "%PULL_SECRETS%" (toJson $policies.toleratedPullSecrets) }}
{{- end -}}

{{/* The version of the API of MutatingAdmissionPolicies, for "admission: policy". */}}
{{- define "acr.policyVersion" -}}
{{- $group := "admissionregistration.k8s.io/" -}}
{{- if or (.Capabilities.APIVersions.Has (print $group "v1/MutatingAdmissionPolicy")) (semverCompare ">=1.36-0" .Capabilities.KubeVersion.Version) -}}
v1
{{- else if .Capabilities.APIVersions.Has (print $group "v1beta1/MutatingAdmissionPolicy") -}}
v1beta1
{{- else -}}
{{- fail (printf "admission: policy: Kubernetes %s has no MutatingAdmissionPolicy (1.36 and newer have; 1.34 and 1.35 where the API server is started with --feature-gates=MutatingAdmissionPolicy=true --runtime-config=admissionregistration.k8s.io/v1beta1=true). Use admission: webhook" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}

{{/* Refuses values of the webhook with which creations would fail, or nothing be linked. */}}
{{- define "acr.webhookValues" -}}
{{- if and (eq .Values.webhook.failurePolicy "Fail") (lt (int .Values.replicas) 2) -}}
{{- fail (printf "webhook.failurePolicy is Fail and replicas is %d: whenever no Pod of the helper runs, no Pod and no ServiceAccount could be created in the cluster. Set replicas=2, or webhook.failurePolicy=Ignore" (int .Values.replicas)) -}}
{{- end -}}
{{- with .Values.webhook.certificate -}}
{{- if and .caBundle (not .secret) -}}
{{- fail "webhook.certificate.caBundle is the authority of a certificate of your own: name its Secret in webhook.certificate.secret, or leave both empty, and the helper makes certificates itself" -}}
{{- end -}}
{{- if and .secret (not .caBundle) (not .annotations) -}}
{{- fail "webhook.certificate.secret is set, and nothing tells the API server whom to trust, so that it would refuse that certificate: set webhook.certificate.caBundle, or annotations with which another component fills it in" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Refuses addresses that two servers of one Pod would claim. Probes and metrics may share one. */}}
{{- define "acr.ports" -}}
{{- $taken := dict -}}
{{- if .Values.probes.enabled }}{{ $_ := set $taken (toString .Values.probes.port) "probes.port" }}{{ end -}}
{{- if .Values.metrics.enabled }}{{ $_ := set $taken (toString .Values.metrics.port) "metrics.port" }}{{ end -}}
{{- $further := dict -}}
{{- if eq (toString .Values.admission) "webhook" }}{{ $_ := set $further "webhook.port" .Values.webhook.port }}{{ end -}}
{{- if .Values.statusPage.enabled }}{{ $_ := set $further "statusPage.port" .Values.statusPage.port }}{{ end -}}
{{- range $name, $port := $further -}}
{{- with get $taken (toString $port) -}}
{{- fail (printf "%s and %s are both %v" $name . $port) -}}
{{- end -}}
{{- $_ := set $taken (toString $port) $name -}}
{{- end -}}
{{- end -}}
