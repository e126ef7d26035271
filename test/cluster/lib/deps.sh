#!/usr/bin/env bash
# `deps` and `bin`: what the parts of the project need from this machine, by the name of what it is for.

PACKAGES_CLUSTER="runc iproute2 util-linux ethtool nftables iptables conntrack openssl curl busybox procps socat jq isc-dhcp-client"

# Under a make or a script that asks for the same things again this costs a few milliseconds.
cmd_deps() {
  local what
  [ "$(uname -s)" = Linux ] || die "this is $(uname -s): the binaries are Linux ones"
  [ $# -gt 0 ] || set -- cluster
  for what in "$@"; do
    case $what in
      all) deps_all ;;
      cluster) deps_cluster ;;
      envtest) provide etcd kubernetes older-kubectl lease-client kstatus-judge argocd-judge flux-judge dashboard-judge shells-rootfs ;;
      helm) provide helm helm-docs kubeconform kube-score prometheus-crds ;;
      kea)
        apt_install nftables
        provide kea-rootfs
        image_tar kea >/dev/null
        ;;
      postgresql) deps_postgresql ;;
      prometheus) provide prometheus ;;
      lint) apt_install shellcheck file ;;
      *) die "deps: what is '$what'? One of: all cluster envtest helm kea postgresql prometheus lint" ;;
    esac
  done
}

# The Go builds are the long pole: they run beside everything that waits for the network.
deps_all() {
  local builds
  # shellcheck disable=SC2086 # a list of words
  apt_install $PACKAGES_CLUSTER mmdebstrap libcap2-bin shellcheck
  (provide kubernetes helm coredns pause older-kubectl lease-client kstatus-judge argocd-judge flux-judge dashboard-judge helm-docs kubeconform kube-score prometheus-crds) &
  builds=$!
  provide etcd containerd cni shells-rootfs prometheus
  deps_postgresql
  deps_images
  wait "$builds"
}

deps_cluster() {
  local builds
  # shellcheck disable=SC2086 # a list of words
  apt_install $PACKAGES_CLUSTER
  (provide kubernetes coredns helm pause) &
  builds=$!
  provide etcd containerd cni
  deps_images
  wait "$builds"
}

# The images every cluster has; the operator's is the one under test and comes with `load`.
deps_images() {
  local image
  for image in kea postgresql; do image_tar "$image" >/dev/null; done
}

# PostgreSQL's programs for tests that start a server of their own. Debian's package would also make a cluster and start it.
deps_postgresql() {
  [ -z "$(postgresql_bin initdb)" ] || return 0
  local off=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
  mkdir -p "$(dirname "$off")"
  echo 'create_main_cluster = false' >"$off"
  apt_install postgresql
  rm -f "$off"
}

# postgresql_bin PROGRAM : path of the newest one on this machine, or nothing
postgresql_bin() { find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -1; }

# cmd_bin NAME : prints where it is, providing it first when needed
cmd_bin() {
  local name=${1:?bin: which program?} tool path
  case $name in
    kube-apiserver | kube-controller-manager | kube-scheduler | kubelet | kube-proxy | kubectl) tool=kubernetes ;;
    etcd | helm | coredns | pause | dhcp-probe | lease-client | kstatus-judge | argocd-judge | flux-judge | dashboard-judge | older-kubectl | helm-docs | kubeconform | kube-score) tool=$name ;;
    prometheus-crds) tool=prometheus-crds name='' ;;
    containerd | ctr | containerd-shim-runc-v2) tool=containerd ;;
    cni) tool=cni name='' ;;
    prometheus | promtool) tool=prometheus ;;
    kea-rootfs | shells-rootfs) tool=$name name='' ;;
    initdb | pg_ctl | postgres | psql | createdb | pg_isready)
      deps_postgresql
      path=$(postgresql_bin "$name")
      echo "${path:?$name is not in the PostgreSQL packages}"
      return
      ;;
    *) die "bin: no program '$name' here" ;;
  esac
  provide "$tool"
  path=$(tool_dir "$tool")
  echo "$path${name:+/$name}"
}
