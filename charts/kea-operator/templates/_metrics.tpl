{{/* What reads metrics, and what it is shown. */}}

{{- define "kea-operator.metrics.name" -}}
{{- printf "%s-metrics" (include "kea-operator.fullname" .) -}}
{{- end -}}

{{- define "kea-operator.metrics.reader" -}}
{{- printf "%s-reader" (include "kea-operator.metrics.name" .) -}}
{{- end -}}

{{/* The namespaces of monitors, as JSON: each has the account beside it whose token Prometheus shows. */}}
{{- define "kea-operator.metrics.namespaces" -}}
{{- $namespaces := list -}}
{{- range list .Values.metrics.serviceMonitor .Values.metrics.podMonitor -}}
{{- if .enabled }}{{ $namespaces = append $namespaces (default (include "kea-operator.namespace" $) .namespace) }}{{ end -}}
{{- end -}}
{{- $namespaces | uniq | toJson -}}
{{- end -}}

{{/* Metadata of a monitor: .root, .monitor. */}}
{{- define "kea-operator.metrics.metadata" -}}
name: {{ include "kea-operator.fullname" .root }}
namespace: {{ default (include "kea-operator.namespace" .root) .monitor.namespace }}
labels:
  {{- include "kea-operator.labels" .root | nindent 2 }}
  {{- with .monitor.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What both monitors say beside the endpoint: .root, .monitor. */}}
{{- define "kea-operator.metrics.common" -}}
{{- with .monitor.jobLabel }}
jobLabel: {{ . }}
{{- end }}
# Tells operator and lease API apart.
podTargetLabels: [app.kubernetes.io/component]
namespaceSelector:
  matchNames: [{{ include "kea-operator.namespace" .root }}]
{{- end -}}

{{/* The endpoint: .root, .monitor, .value. */}}
{{- define "kea-operator.metrics.endpoint" -}}
{{- $name := include "kea-operator.metrics.name" .root -}}
{{- $elsewhere := and .monitor.namespace (ne .monitor.namespace (include "kea-operator.namespace" .root)) -}}
{{- if and .root.Values.metrics.authentication $elsewhere (not .monitor.tlsConfig) -}}
{{- fail (printf "metrics.%s.namespace is not that of the release: Prometheus Operator reads the CA there, so copy the Secret %s-ca to it and name that in metrics.%s.tlsConfig" .value $name .value) -}}
{{- end -}}
- port: metrics
  path: /metrics
  honorLabels: {{ .monitor.honorLabels }}
  {{- with .monitor.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .monitor.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  {{- if .root.Values.metrics.authentication }}
  scheme: https
  tlsConfig:
    {{- with .monitor.tlsConfig }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    # Made by the operator, with the certificates that its CA signs.
    ca: {secret: {name: {{ $name }}-ca, key: ca.crt}}
    serverName: {{ $name }}.{{ include "kea-operator.namespace" .root }}.svc
    {{- end }}
  authorization: {credentials: {name: {{ include "kea-operator.metrics.reader" .root }}, key: token}}
  {{- end }}
  {{- with .monitor.relabelings }}
  relabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .monitor.metricRelabelings }}
  metricRelabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Arguments of a process that has metrics. */}}
{{- define "kea-operator.metrics.args" -}}
- --metrics-port={{ .Values.metrics.port }}
{{- if .Values.metrics.authentication }}
- --metrics-authentication
- --metrics-tls-directory=/metrics-tls
{{- end }}
{{- end -}}

{{/* Where a component has its certificate, as YAML; of both nothing where metrics are read by HTTP. */}}
{{- define "kea-operator.metrics.mounts" -}}
{{- if .Values.metrics.authentication }}
- {name: metrics-tls, mountPath: /metrics-tls, readOnly: true}
{{- end }}
{{- end -}}

{{/* Made by the operator: until it is there the process shows a certificate of its own, so that its probes are answered. */}}
{{- define "kea-operator.metrics.volumes" -}}
{{- if .Values.metrics.authentication }}
- name: metrics-tls
  secret: {secretName: {{ include "kea-operator.metrics.name" . }}-tls, optional: true}
{{- end }}
{{- end -}}
