#!/usr/bin/env bash
# The configuration files of a node's programs.

# write_node_config NODE DIR
write_node_config() {
  local node=$1 dir=$2 snapshotter=overlayfs
  # An overlay cannot lie on an overlay (a checkout inside a container).
  [ "$(stat -f -c %T "$dir")" != overlayfs ] || snapshotter=native

  mkdir -p "$dir/cni"
  # ptp, not bridge: every packet between two pods of a node passes the node's routing, so a Service's answer finds its way back
  # without br_netfilter, which is one setting for the whole machine.
  cat >"$dir/cni/10-pods.conflist" <<EOT
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipMasq": false,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(cidr_of "$(node_pod_net "$node")")"}]], "routes": [{"dst": "$(by_family 0.0.0.0/0 ::/0)"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}]}
EOT

  # restrict_oom_score_adj: without CAP_SYS_RESOURCE nobody may lower a score, and a container would not start.
  cat >"$dir/containerd.toml" <<EOT
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs", "io.containerd.nri.v1.nri"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "$snapshotter"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "docker.io/kea-operator/pause:1"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["$(tool_dir cni)"]
    conf_dir = "$dir/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "$(command -v runc)"
        SystemdCgroup = false
EOT

  # Images come by hand, so none is ever collected. A changed Secret comes into its pods with the next sync, by default after a minute.
  cat >"$dir/kubelet.yaml" <<EOT
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /
enforceNodeAllocatable: [pods]
failSwapOn: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
address: $(node_ip "$node")
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $STATE/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/$node.crt
tlsPrivateKeyFile: $STATE/pki/$node.key
clusterDNS: [$(cp_ip)]
clusterDomain: cluster.local
resolvConf: $dir/resolv.conf
makeIPTablesUtilChains: false
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
imageGCHighThresholdPercent: 100
maxPods: 60
nodeStatusUpdateFrequency: 4s
syncFrequency: 10s
nodeLeaseDurationSeconds: $NODE_LEASE
EOT
}
