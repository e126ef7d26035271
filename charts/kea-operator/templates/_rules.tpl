{{/* Every right of the operator, of the lease API and of the Job before an uninstall, and what for. */}}

{{- define "kea-operator.rules.reviews" -}}
# Who reads metrics, and whether they may.
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end -}}

{{/* Of the cluster itself. */}}
{{- define "kea-operator.rules.cluster" -}}
{{- if .Values.metrics.authentication }}
{{- include "kea-operator.rules.reviews" . }}
{{- end }}
# Whether objects that are missing were deleted, or went with their definition.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [hapairs.kea-operator.io, sharednetworks.kea-operator.io, subnets.kea-operator.io, hostreservations.kea-operator.io, clientclasses.kea-operator.io, optiondefinitions.kea-operator.io]
  verbs: [get]
# Addresses of the nodes that servers run on.
- apiGroups: ['']
  resources: [nodes]
  verbs: [get, list, watch]
# Whether the namespace of a HAPair is being deleted.
- apiGroups: ['']
  resources: [namespaces]
  {{- with .Values.watchNamespaces }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [get]
{{- if .Values.leases.enabled }}
# The APIService of the lease API exists only while that answers.
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  verbs: [create]
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  resourceNames: [v1alpha1.state.kea-operator.io]
  verbs: [get, patch, delete]
# It goes when the operator's own namespace goes.
- apiGroups: ['']
  resources: [namespaces]
  resourceNames: [{{ include "kea-operator.namespace" . }}]
  verbs: [get, list, watch]
# Owner of the APIService, so that it cannot outlive the release.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: ['{{ include "kea-operator.clusterName" . }}']
  verbs: [get]
{{- end }}
{{- end -}}

{{/* In the namespaces of HAPairs. */}}
{{- define "kea-operator.rules.pairs" -}}
# The custom resources: read. Kubernetes has no right to write finalizers alone: what else a patch may change the policy in writes.yaml says.
- apiGroups: [kea-operator.io]
  resources: [hapairs, sharednetworks, subnets, clientclasses, optiondefinitions]
  verbs: [get, list, watch, patch]
- apiGroups: [kea-operator.io]
  resources: [hostreservations]
  verbs: [get, list, watch]
- apiGroups: [kea-operator.io]
  resources: [hapairs/status, sharednetworks/status, subnets/status, hostreservations/status, clientclasses/status, optiondefinitions/status]
  verbs: [patch]
# The credentials that HAPairs name, and the Secrets that the operator makes. One by one: no list, no watch.
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, create, patch, delete]
- apiGroups: ['']
  resources: [persistentvolumeclaims]
  verbs: [get, create, patch]
# Server pods: watched, and deleted to be replaced, one server at a time.
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch, delete]
# Why a pod could not be made is said in events only; and the operator's own.
- apiGroups: ['']
  resources: [events]
  verbs: [get, list, create, patch]
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, create, patch, delete]
{{- end -}}

{{/* In its own namespace. */}}
{{- define "kea-operator.rules.own" -}}
{{- $name := include "kea-operator.fullname" . }}
# Leader election.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ $name }}]
  verbs: [get, update]
# What the release needs and the chart cannot make, as it would be another each time.
- apiGroups: ['']
  resources: [secrets]
  verbs: [create]
- apiGroups: ['']
  resources: [secrets]
  resourceNames:
    - kea-operator-ca
    {{- if .Values.metrics.authentication }}
    - {{ include "kea-operator.metrics.name" . }}-tls
    - {{ include "kea-operator.metrics.name" . }}-ca
    {{- end }}
    {{- if .Values.leases.enabled }}
    - {{ $name }}-leases-tls
    {{- end }}
    {{- if and .Values.postgresql.bundled (not .Values.database.host) }}
    - {{ $name }}-postgresql
    {{- end }}
  verbs: [get, patch]
{{- if .Values.database.host }}
# The administrator of the default database server.
- apiGroups: ['']
  resources: [secrets]
  resourceNames: {{ compact (list .Values.database.adminSecret .Values.database.caSecret) | toJson }}
  verbs: [get]
{{- end }}
{{- if .Values.leases.enabled }}
{{- if not .Values.watchNamespaces }}
# What an earlier version told the lease API here is moved.
- apiGroups: ['']
  resources: [secrets]
  verbs: [list]
{{- end }}
# Whether the lease API has a pod that is ready.
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list]
{{- end }}
{{- end -}}

{{/* What the lease API is told of each HAPair. */}}
{{- define "kea-operator.rules.sources" -}}
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list, create, patch, delete]
{{- end -}}

{{- define "kea-operator.rules.leases.cluster" -}}
{{- if .Values.metrics.authentication }}
{{- include "kea-operator.rules.reviews" . }}
{{- end }}
# Whether the caller may read leases: asked for every request beside kube-apiserver's own check.
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end -}}

{{- define "kea-operator.rules.leases.pairs" -}}
# Which pairs there are, the names of their subnets, and which reservations keep what is leased.
- apiGroups: [kea-operator.io]
  resources: [hapairs, subnets, hostreservations]
  verbs: [get, list, watch]
{{- end -}}

{{- define "kea-operator.rules.leases.sources" -}}
# Where each pair's leases are read: one Secret a pair, made by the operator.
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list, watch]
{{- end -}}

{{- define "kea-operator.rules.uninstall.cluster" -}}
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  resourceNames: [v1alpha1.state.kea-operator.io]
  verbs: [get, delete]
{{- end -}}

{{- define "kea-operator.rules.uninstall.pairs" -}}
# Finalizers are taken off.
- apiGroups: [kea-operator.io]
  resources: [hapairs, sharednetworks, subnets, clientclasses, optiondefinitions]
  verbs: [get, list, patch]
{{- end -}}

{{/* What the operator made here and a later release makes anew. */}}
{{- define "kea-operator.madeSecrets" -}}
{{- $name := include "kea-operator.fullname" . }}
{{- $secrets := list (printf "%s-leases-tls" $name) (printf "%s-metrics-tls" $name) (printf "%s-metrics-ca" $name) }}
{{- /* Data of the bundled PostgreSQL that stays: a later release needs its password, and the servers know it by the operator's CA. */}}
{{- if not (and .Values.postgresql.bundled .Values.postgresql.persistence.enabled) }}
{{- $secrets = append $secrets "kea-operator-ca" }}
{{- if .Values.postgresql.bundled }}{{ $secrets = append $secrets (printf "%s-postgresql" $name) }}{{ end }}
{{- end }}
{{- toJson $secrets }}
{{- end -}}

{{- define "kea-operator.rules.uninstall.own" -}}
# Stop the operator first: it would put its finalizers back.
- apiGroups: [apps]
  resources: [deployments]
  resourceNames: [{{ include "kea-operator.fullname" . }}]
  verbs: [get, patch]
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
# What the operator made here, deleted unread.
- apiGroups: ['']
  resources: [secrets]
  resourceNames: {{ include "kea-operator.madeSecrets" . }}
  verbs: [delete]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "kea-operator.fullname" . }}]
  verbs: [delete]
{{- end -}}
