#!/usr/bin/env bash
# etcd, apiserver, controller-manager, scheduler and CoreDNS: processes in the control plane's network namespace.

# How long a silent node stays Ready, and how long its pods are then kept. A kubelet renews its lease every quarter of
# KEA_CLUSTER_NODE_LEASE; with less than four renewals in the grace period a busy machine makes nodes flap.
NODE_GRACE=${KEA_CLUSTER_NODE_GRACE:-16}
NODE_LEASE=${KEA_CLUSTER_NODE_LEASE:-12}
POD_EVICTION=${KEA_CLUSTER_POD_EVICTION:-10}
export NODE_LEASE

# control_plane NAME CMD... : in the background, in the control plane's network
control_plane() {
  local name=$1
  shift
  in_background "$name" "$STATE/log/$name.log" nsenter --net="/run/netns/$CP_NS" -- "$@"
}

start_control_plane() {
  mkdir -p "$STATE/etcd"
  chmod 700 "$STATE/etcd"
  start_etcd
  start_apiserver
  start_controller_manager
  start_scheduler
  # The kubelets ask the apiserver whether the apiserver itself may fetch logs and exec.
  kubectl_quiet create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client
  start_coredns
}

# Nothing here outlives `down`, so nothing is lost by not waiting for the disk.
start_etcd() {
  control_plane etcd "$(tool_dir etcd)/etcd" --name=cp --data-dir="$STATE/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
    --listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380 --initial-cluster=cp=http://127.0.0.1:2380
  wait_for 30 etcd in_ns "$CP_NS" curl -fs -m 2 http://127.0.0.1:2379/health
}

start_apiserver() {
  local pki=$STATE/pki
  control_plane apiserver "$(tool_dir kubernetes)/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address="$(by_family 0.0.0.0 ::)" --secure-port=6443 --advertise-address="$(cp_ip)" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --service-cluster-ip-range="$(service_cidr)" --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" --enable-aggregator-routing=true \
    --default-not-ready-toleration-seconds="$POD_EVICTION" --default-unreachable-toleration-seconds="$POD_EVICTION"
  wait_for 60 "the apiserver" kubectl_quiet get --raw /readyz
}

start_controller_manager() {
  local pki=$STATE/pki
  control_plane controller-manager "$(tool_dir kubernetes)/kube-controller-manager" --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
    --kubeconfig="$pki/controller-manager.kubeconfig" --authentication-kubeconfig="$pki/controller-manager.kubeconfig" \
    --authorization-kubeconfig="$pki/controller-manager.kubeconfig" \
    --tls-cert-file="$pki/controller-manager.crt" --tls-private-key-file="$pki/controller-manager.key" \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" --client-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --allocate-node-cidrs=false --service-cluster-ip-range="$(service_cidr)" --node-monitor-period=2s --node-monitor-grace-period="${NODE_GRACE}s"
}

start_scheduler() {
  local pki=$STATE/pki
  control_plane scheduler "$(tool_dir kubernetes)/kube-scheduler" --bind-address=127.0.0.1 --leader-elect=false \
    --kubeconfig="$pki/scheduler.kubeconfig" --authentication-kubeconfig="$pki/scheduler.kubeconfig" --authorization-kubeconfig="$pki/scheduler.kubeconfig" \
    --tls-cert-file="$pki/scheduler.crt" --tls-private-key-file="$pki/scheduler.key"
}

# The pods' name server is a process here, at the control plane's own address: no pods to wait for. What is not of the cluster
# does not exist, and is said so at once.
start_coredns() {
  cat >"$STATE/Corefile" <<EOT
cluster.local:53 {
  bind $(cp_ip)
  errors
  ready 127.0.0.1:8181
  kubernetes cluster.local {
    kubeconfig $STATE/pki/coredns.kubeconfig
    ttl 5
  }
}
.:53 {
  bind $(cp_ip)
  errors
  template ANY ANY {
    rcode NXDOMAIN
  }
}
EOT
  control_plane coredns "$(tool_dir coredns)/coredns" -conf "$STATE/Corefile"
}

CONTROL_PLANE="etcd apiserver controller-manager scheduler coredns"

need_program() {
  [[ " $CONTROL_PLANE " = *" $1 "* ]] || die "no program '$1' in the control plane; there are: $CONTROL_PLANE"
}

# As a crash ends them. Those that were told to end before stay ended.
cmd_stop() {
  local program pid
  [ $# -gt 0 ] || die "usage: cluster stop PROGRAM...; there are: $CONTROL_PLANE"
  load_settings
  for program in "$@"; do need_program "$program"; done
  for program in "$@"; do
    pid=$(recorded_pid "$program") || continue
    kill -9 "$pid" 2>/dev/null || true
    while recorded_pid "$program" >/dev/null; do sleep 0.05; done
    rm -f "$STATE/pid/$program"
  done
}

# In the order in which they need each other; one that runs is left alone.
cmd_start() {
  local program
  [ $# -gt 0 ] || die "usage: cluster start PROGRAM...; there are: $CONTROL_PLANE"
  load_settings
  for program in "$@"; do need_program "$program"; done
  for program in $CONTROL_PLANE; do
    [[ " $* " = *" $program "* ]] || continue
    recorded_pid "$program" >/dev/null || "start_${program//-/_}"
  done
}

# etcd as it was: the apiserver and those who remember what they read from it begin anew with it, as an administrator would have them do.
cmd_etcd() {
  local saved=$STATE/etcd-saved/${2:-}
  [[ $* =~ ^(save|restore)\ [a-z0-9-]+$ ]] || die "usage: cluster etcd save|restore NAME"
  load_settings
  if [ "$1" = save ]; then
    cmd_stop etcd
    rm -rf "$saved"
    mkdir -p "$STATE/etcd-saved"
    cp -a "$STATE/etcd" "$saved"
    cmd_start etcd
    wait_for 30 "the apiserver" kubectl_quiet get --raw /readyz
  else
    [ -d "$saved" ] || die "etcd: nothing was saved as '$2'"
    cmd_stop etcd apiserver controller-manager scheduler
    rm -rf "$STATE/etcd"
    cp -a "$saved" "$STATE/etcd"
    cmd_start etcd apiserver controller-manager scheduler
  fi
}

# The cluster's own kubectl with its own kubeconfig, whatever the caller's environment says
kubectl_quiet() { KUBECONFIG=$STATE/kubeconfig "$(tool_dir kubernetes)/kubectl" "$@" >/dev/null 2>&1; }

cmd_kubectl() {
  load_settings
  # A cache of its own: another cluster that had this address may have had other resources.
  KUBECONFIG=$STATE/kubeconfig KUBECACHEDIR=$STATE/kubecache exec "$(tool_dir kubernetes)/kubectl" "$@"
}

# Without a cluster as well: lint and template need none.
cmd_helm() {
  provide helm
  [ ! -e "$STATE/kubeconfig" ] || export KUBECONFIG=$STATE/kubeconfig
  exec "$(tool_dir helm)/helm" "$@"
}
