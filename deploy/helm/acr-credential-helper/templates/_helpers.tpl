{{/* The labels that never change: selectors use them. */}}
{{- define "acr.selector" -}}
app.kubernetes.io/name: acr-credential-helper
app.kubernetes.io/component: controller
{{- end -}}

{{- define "acr.labels" -}}
{{ include "acr.selector" . }}
app.kubernetes.io/part-of: acr-credential-helper
{{- end -}}

{{- define "acr.subject" -}}
- kind: ServiceAccount
  name: {{ .Values.serviceAccount.name }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "acr.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* One value of the ConfigMap as text: names with commas between them, anything else as YAML. */}}
{{- define "acr.text" -}}
{{- if kindIs "string" . -}}
{{ . }}
{{- else if kindIs "slice" . -}}
{{- $names := true -}}
{{- range . }}{{ if not (kindIs "string" .) }}{{ $names = false }}{{ end }}{{ end -}}
{{- if and $names (gt (len .) 0) }}{{ join "," . }}{{ else }}{{ toYaml . }}{{ end -}}
{{- else -}}
{{ toYaml . }}
{{- end -}}
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
# Our own Secrets, and no others: the pull Secret of a namespace, and up to three more where two
# instances share a domain.
# - list and watch: with the field selector metadata.name=<name>, to restore what was changed or deleted;
#   a list without it, or of another name, is refused.
# - get: one of them, to see what it holds now where a write was refused because somebody had changed it.
# - patch and create: server-side apply needs both to create an object of a given name (a plain POST
#   stays refused: its name is not known to the authorizer).
# - delete: when a namespace leaves the scope.
- apiGroups: [""]
  resources: [secrets]
  resourceNames:
    {{- include "acr.secretNames" . | nindent 4 }}
  verbs: [get, list, watch, create, patch, delete]
# Linking: the watch tells which accounts exist and what their imagePullSecrets hold; the patch adds or
# removes our entry. Not limited by name, because any account may be in scope.
# No update: replacing a whole ServiceAccount could lose what others wrote.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch, patch]
# Events are how an operator learns what is wrong, next to the object that it is about. Patch, because
# repeated events are counted up in place. Both APIs carry events.
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What each object of the clean-up after uninstalling begins with. */}}
{{- define "acr.hook" -}}
name: acr-credential-helper-cleanup
labels:
  app.kubernetes.io/name: acr-credential-helper
  app.kubernetes.io/component: cleanup
  app.kubernetes.io/part-of: acr-credential-helper
annotations:
  helm.sh/hook: post-delete
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
