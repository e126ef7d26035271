{{/*
What the pods of every component have in common. Each takes .root, .of (the component's values), .component (a label) and, where it says so, more.
The values of the uninstall and of the test say where they differ from the operator's: they run its image in its place.
*/}}

{{/* Metadata of a component's own object: .root, .of, .component; .name. */}}
{{- define "kea-operator.component.metadata" -}}
name: {{ .name }}
namespace: {{ include "kea-operator.namespace" .root }}
labels:
  {{- include "kea-operator.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .of.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) (.of.annotations | default dict) }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "kea-operator.component.selector" -}}
{{ include "kea-operator.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Metadata of pods. .steady: without what every version changes, as the data of a pod may go with it. */}}
{{- define "kea-operator.pod.metadata" -}}
labels:
  {{- if .steady }}
  {{- include "kea-operator.selector" .root | nindent 2 }}
  {{- with .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- else }}
  {{- include "kea-operator.labels" .root | nindent 2 }}
  {{- end }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .of.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .of.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Of the spec of a pod what is no container: .account (left out: no token), .security beside what Pod Security asks, .tolerations of its own, .volumes of
its own, .spread: its pods prefer nodes of their own unless the values say otherwise.
*/}}
{{- define "kea-operator.pod.spec" -}}
{{- with .account }}
serviceAccountName: {{ . }}
{{- else }}
automountServiceAccountToken: false
{{- end }}
{{- $restricted := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") }}
securityContext: {{- mergeOverwrite $restricted (.security | default dict) (.of.podSecurityContext | default dict) | toYaml | nindent 2 }}
{{- with include "kea-operator.pullSecrets" .root | fromJsonArray }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .of.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat (.tolerations | default list) (.of.tolerations | default list) }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- $selector := include "kea-operator.component.selector" . | fromYaml }}
{{- $affinity := deepCopy (.of.affinity | default dict) }}
{{- if and .spread (not (hasKey $affinity "podAntiAffinity")) }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" $selector) }}
{{- $preferred := list (dict "weight" 100 "podAffinityTerm" $term) }}
{{- $_ := set $affinity "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" $preferred) }}
{{- end }}
{{- with $affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- merge (dict) . (dict "labelSelector" (dict "matchLabels" $selector)) | toYaml | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .of.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat (.volumes | default list) (.of.extraVolumes | default list) }}
volumes: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Of a container what its component does not say itself: .args, .env, .mounts of its own. */}}
{{- define "kea-operator.container" -}}
{{- with concat (.args | default list) (.of.extraArgs | default list) }}
args:
  {{- range . }}
  - {{ toString . | quote }}
  {{- end }}
{{- end }}
{{- with concat (.env | default list) (.of.extraEnv | default list) }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
{{- $restricted := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
securityContext: {{- mergeOverwrite $restricted (.of.securityContext | default dict) | toYaml | nindent 2 }}
{{- with concat (.mounts | default list) (.of.extraVolumeMounts | default list) }}
volumeMounts: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.resources }}
resources: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "kea-operator.operatorImage" -}}
image: {{ include "kea-operator.image" (list . .Values.image .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{/* A variable of a field of the pod. The items: name, field. */}}
{{- define "kea-operator.field" -}}
{{- dict "name" (index . 0) "valueFrom" (dict "fieldRef" (dict "fieldPath" (index . 1))) | toJson -}}
{{- end -}}

{{/* Values of a component that runs in the operator's place, as JSON: where it is silent, what places the operator. The items: the root, its values. */}}
{{- define "kea-operator.besideOperator" -}}
{{- $of := deepCopy (index . 1) -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" "dnsConfig" "hostAliases" "podSecurityContext" "securityContext" -}}
{{- if not (get $of $key) }}{{ $_ := set $of $key (get (index $ 0).Values.operator $key) }}{{ end -}}
{{- end -}}
{{- toJson $of -}}
{{- end -}}

{{/* Tolerations of pods without a state: where their node is lost, others take over soon. */}}
{{- define "kea-operator.movesSoon" -}}
- {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 10}
- {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 10}
{{- end -}}

{{/* As many pods of a component may be away at a time: .root, .of, .component; .name. */}}
{{- define "kea-operator.disruptionBudget" -}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ include "kea-operator.namespace" .root }}
  labels:
    {{- include "kea-operator.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "kea-operator.component.selector" . | nindent 6 }}
{{- end -}}
