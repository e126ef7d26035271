{{- define "kea-operator.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The name that every object begins with. */}}
{{- define "kea-operator.fullname" -}}
{{- $name := include "kea-operator.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kea-operator.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{/* By these pods are found. Neither commonLabels nor podLabels may say otherwise (values.schema.json). */}}
{{- define "kea-operator.selector" -}}
app.kubernetes.io/name: {{ include "kea-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kea-operator.labels" -}}
{{ include "kea-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* An image reference. The items: the root, {registry, repository, tag, digest}, and the tag where none is given. */}}
{{- define "kea-operator.image" -}}
{{- $image := index . 1 -}}
{{- $registry := ((index . 0).Values.global).imageRegistry | default $image.registry -}}
{{- $name := join "/" (compact (list $registry $image.repository)) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default (index . 2) $image.tag | toString) -}}
{{- end -}}
{{- end -}}

{{- define "kea-operator.keaImage" -}}
{{- include "kea-operator.image" (list . .Values.keaImage "3.0.4") -}}
{{- end -}}

{{/* Names, as JSON: those of the chart and those of the charts above it, which Bitnami's write as text. */}}
{{- define "kea-operator.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.imagePullSecrets | default list) ((.Values.global).imagePullSecrets | default list) -}}
{{- if kindIs "string" . }}{{ $names = append $names . }}{{ else }}{{ $names = append $names .name }}{{ end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{/* Cluster-scoped names carry the namespace: two releases of one name may live in two namespaces. */}}
{{- define "kea-operator.clusterName" -}}
{{- printf "%s:%s" (include "kea-operator.namespace" .) (include "kea-operator.fullname" .) -}}
{{- end -}}

{{/* Of admission policies, whose names are DNS subdomains. */}}
{{- define "kea-operator.policyName" -}}
{{- $root := index . 0 -}}
{{- printf "%s.%s.%s" (index . 1) (include "kea-operator.fullname" $root) (include "kea-operator.namespace" $root) -}}
{{- end -}}

{{/* What the lease API may read: a namespace that holds nothing else. */}}
{{- define "kea-operator.sourcesNamespace" -}}
{{- printf "%s-leases" (include "kea-operator.namespace" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the ServiceAccount of a component. The items: the root, its values' name, what its name ends in. */}}
{{- define "kea-operator.account" -}}
{{- $root := index . 0 -}}
{{- $of := (index $root.Values (index . 1)).serviceAccount | default dict -}}
{{- if and (hasKey $of "create") (not $of.create) (not $of.name) -}}
{{- fail (printf "%s.serviceAccount.name is needed where %s.serviceAccount.create is false: no account but the component's own may have its rights" (index . 1) (index . 1)) -}}
{{- end -}}
{{- $of.name | default (printf "%s%s" (include "kea-operator.fullname" $root) (index . 2)) -}}
{{- end -}}

{{/* The ServiceAccount of a component, unless somebody else makes it: .root, .of (name of its values), .suffix; .annotations of hooks. */}}
{{- define "kea-operator.serviceAccount" -}}
{{- $of := (index .root.Values .of).serviceAccount | default (dict "create" true) -}}
{{- if $of.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "kea-operator.account" (list .root .of .suffix) }}
  namespace: {{ include "kea-operator.namespace" .root }}
  labels: {{- include "kea-operator.labels" .root | nindent 4 }}
  {{- with merge (dict) (.annotations | default dict) ($of.annotations | default dict) }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
Gives an account rules: in the namespaces of .namespaces by a Role each, in all of the cluster where there are none.
.root, .name of the role, .account, .rules as YAML, .namespaces; .annotations of hooks.
*/}}
{{- define "kea-operator.grant" -}}
{{- $root := .root -}}
{{- if $root.Values.rbac.create }}
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
  - {kind: ServiceAccount, name: {{ $.account }}, namespace: {{ include "kea-operator.namespace" $root }}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "kea-operator.grant.metadata" -}}
name: '{{ .of.name }}'
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels: {{- include "kea-operator.labels" .of.root | nindent 2 }}
{{- with .of.annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
