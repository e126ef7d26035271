#!/usr/bin/env bash
# What the test cluster is made of. A new version here is fetched or built at the next use; the old one stays in the cache.

export KUBERNETES_VERSION=1.36.3   # also in go/kubernetes/go.mod
export OLDER_KUBECTL_VERSION=1.35.10 # the minor version before, also in go/older-kubectl/go.mod
export HELM_VERSION=3.21.4         # also in go/helm/go.mod
export HELM_DOCS_VERSION=1.14.2      # also in go/helm-docs/go.mod
export KUBECONFORM_VERSION=0.8.0     # also in go/kubeconform/go.mod
export KUBE_SCORE_VERSION=1.20.0     # also in go/kube-score/go.mod
export PROMETHEUS_CRDS_VERSION=0.85.0 # of the Prometheus operator; also in go/prometheus-crds/go.mod
export COREDNS_VERSION=1.14.7      # also in go/coredns/go.mod
export ETCD_VERSION=3.6.8          # also in go/etcd/go.mod; Debian's may be another: 3.5 will do, 3.4 fails watches without a resourceVersion
export CONTAINERD_VERSION=2.1.9    # also in go/containerd/go.mod; kubelet 1.36 needs 2.x
export CNI_VERSION=1.9.1           # also in go/cni/go.mod
export KEA_VERSION=3.0.4           # what Debian KEA_SUITE has; another 3.0 will do
export POSTGRESQL_MAJOR=17
export KEA_SUITE=sid               # the Debian suite that has Kea 3.0
export BASE_SUITE=trixie           # of the operator and PostgreSQL images
export TOOLS_SUITE=sid             # of containerd, etcd and the CNI plugins
