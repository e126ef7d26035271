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
