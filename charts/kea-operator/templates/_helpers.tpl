{{/* The name that every object begins with. */}}
{{- define "kea-operator.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kea-operator.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kea-operator.labels" -}}
{{ include "kea-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* An image reference of {registry, repository, tag, digest}; the second item is the tag where none is given. */}}
{{- define "kea-operator.image" -}}
{{- $image := index . 0 -}}
{{- $name := printf "%s/%s" $image.registry $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default (index . 1) $image.tag | toString) -}}
{{- end -}}
{{- end -}}

{{- define "kea-operator.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "kea-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Cluster-scoped names carry the namespace: two releases of one name may live in two namespaces. */}}
{{- define "kea-operator.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "kea-operator.fullname" .) -}}
{{- end -}}

{{/* Of admission policies, whose names are DNS subdomains. */}}
{{- define "kea-operator.policyName" -}}
{{- $root := index . 0 -}}
{{- printf "%s.%s.%s" (index . 1) (include "kea-operator.fullname" $root) $root.Release.Namespace -}}
{{- end -}}

{{- define "kea-operator.keaImage" -}}
{{- include "kea-operator.image" (list .Values.keaImage "3.0.4") -}}
{{- end -}}

{{/* What the lease API may read: a namespace that holds nothing else. */}}
{{- define "kea-operator.sourcesNamespace" -}}
{{- printf "%s-leases" .Release.Namespace | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Gives an account rules: in the namespaces of .namespaces by a Role each, in all of the cluster where there are none.
.root, .name of the role, .account, .rules as YAML, .namespaces; .annotations of hooks.
*/}}
{{- define "kea-operator.grant" -}}
{{- $root := .root -}}
{{- range $namespace := .namespaces | default (list "") }}
{{- $scope := ternary "" "Cluster" (ne $namespace "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $scope }}Role
metadata:
  {{- include "kea-operator.grant.metadata" (dict "of" $ "namespace" $namespace) | nindent 2 }}
rules:
  {{- $.rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $scope }}RoleBinding
metadata:
  {{- include "kea-operator.grant.metadata" (dict "of" $ "namespace" $namespace) | nindent 2 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ $scope }}Role, name: '{{ $.name }}'}
subjects:
  - {kind: ServiceAccount, name: {{ $.account }}, namespace: {{ $root.Release.Namespace }}}
{{- end }}
{{- end -}}

{{- define "kea-operator.grant.metadata" -}}
name: '{{ .of.name }}'
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels: {{- include "kea-operator.labels" .of.root | nindent 2 }}
{{- with .of.annotations }}
annotations: {{- . | nindent 2 }}
{{- end }}
{{- end -}}
