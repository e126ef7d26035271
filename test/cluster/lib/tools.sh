#!/usr/bin/env bash
# Binaries, each in a directory of the cache that is named by its version: from PATH when the version fits, else the official
# release where the network allows, else Debian's package (as far as there is one), else built from the Go module.

case $(uname -m) in
  x86_64) ARCH=amd64 ;;
  aarch64) ARCH=arm64 ;;
  *) ARCH=$(uname -m) ;;
esac
KUBERNETES_PROGRAMS="kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl"
CNI_PLUGINS="main/ptp main/loopback ipam/host-local meta/portmap"

# tool_dir TOOL : where it is or will be
tool_dir() {
  local go=$CLUSTER_HOME/go
  case $1 in
    kubernetes) echo "$CACHE/bin/kubernetes-$KUBERNETES_VERSION-$(digest_of "$go/kubernetes")" ;;
    helm) echo "$CACHE/bin/helm-$HELM_VERSION-$(digest_of "$go/helm")" ;;
    helm-docs) echo "$CACHE/bin/helm-docs-$HELM_DOCS_VERSION-$(digest_of "$go/helm-docs")" ;;
    kubeconform) echo "$CACHE/bin/kubeconform-$KUBECONFORM_VERSION-$(digest_of "$go/kubeconform")" ;;
    kube-score) echo "$CACHE/bin/kube-score-$KUBE_SCORE_VERSION-$(digest_of "$go/kube-score")" ;;
    prometheus-crds) echo "$CACHE/prometheus-crds-$PROMETHEUS_CRDS_VERSION-$(digest_of "$go/prometheus-crds")" ;;
    coredns) echo "$CACHE/bin/coredns-$COREDNS_VERSION-$(digest_of "$go/coredns")" ;;
    pause) echo "$CACHE/bin/pause-$(digest_of "$go/pause")" ;;
    dhcp-probe) echo "$CACHE/bin/dhcp-probe-$(digest_of "$go/dhcp-probe")" ;;
    lease-client) echo "$CACHE/bin/lease-client-$(digest_of "$go/lease-client")" ;;
    kstatus-judge) echo "$CACHE/bin/kstatus-judge-$(digest_of "$go/kstatus-judge")" ;;
    argocd-judge) echo "$CACHE/bin/argocd-judge-$(digest_of "$go/argocd-judge")" ;;
    flux-judge) echo "$CACHE/bin/flux-judge-$(digest_of "$go/flux-judge")" ;;
    dashboard-judge) echo "$CACHE/bin/dashboard-judge-$(digest_of "$go/dashboard-judge")" ;;
    older-kubectl) echo "$CACHE/bin/older-kubectl-$OLDER_KUBECTL_VERSION-$(digest_of "$go/older-kubectl")" ;;
    etcd) echo "$CACHE/bin/etcd-$ETCD_VERSION" ;;
    containerd) echo "$CACHE/bin/containerd-$CONTAINERD_VERSION" ;;
    cni) echo "$CACHE/bin/cni-$CNI_VERSION-$(digest_of "=$CNI_PLUGINS")" ;;
    kea-rootfs) echo "$CACHE/rootfs/kea-$KEA_VERSION-$(digest_of "$CHECKOUT"/server-image/{packages,finish} "=$KEA_SUITE")" ;;
    postgresql-rootfs) echo "$CACHE/rootfs/postgresql-$POSTGRESQL_MAJOR-$(digest_of "$CHECKOUT"/server-image/postgresql/{packages,finish} "=$BASE_SUITE")" ;;
    dhcp6-rootfs) echo "$CACHE/rootfs/dhcp6-$(digest_of "$CLUSTER_HOME/client-packages" "=$BASE_SUITE")" ;;
    shells-rootfs) echo "$CACHE/rootfs/shells-$(digest_of "$CLUSTER_HOME/shell-packages" "=$BASE_SUITE")" ;;
    prometheus) echo "$CACHE/bin/prometheus-$TOOLS_SUITE" ;;
    libfaketime) echo "$CACHE/bin/libfaketime-$KEA_SUITE" ;;
    operator-rootfs) echo "$CACHE/rootfs/operator-$(digest_of "$CLUSTER_HOME/operator-packages" "$CHECKOUT"/node_modules/node-linux-*/package.json "=$BASE_SUITE")" ;;
    *) die "no such tool: $1" ;;
  esac
}

# provide TOOL... : makes them unless they are there. Complete or absent: built aside, then renamed.
provide() {
  local tool dir
  for tool in "$@"; do
    dir=$(tool_dir "$tool")
    [ -e "$dir" ] || with_lock "$tool" provide_locked "$tool" "$dir"
  done
}

provide_locked() {
  [ ! -e "$2" ] || return 0
  local new=$2.new start
  start=$(now_ms)
  rm -rf "$new"
  mkdir -p "$new"
  "get_${1//-/_}" "$new"
  mv "$new" "$2"
  say "$1 is ready ($(seconds_since "$start"))"
}

# on_path DIR PATTERN PROGRAM... : links them into DIR when all are on PATH and each tells a version that matches
on_path() {
  local dir=$1 pattern=$2 program said
  shift 2
  for program in "$@"; do
    has "$program" || return 1
    case $program in *shim*) continue ;; esac # has no version of its own
    said=$("$program" --version 2>&1 || "$program" version --client 2>&1 || "$program" version 2>&1) || return 1
    [[ $said =~ $pattern ]] || return 1
  done
  for program in "$@"; do ln -s "$(command -v "$program")" "$dir/$program"; done
  say "using $* of PATH"
}

# reachable URL : asked once a host, and not for long
declare -A REACHABLE=()
reachable() {
  local host
  host=$(echo "$1" | cut -d/ -f1-3)
  if [ -z "${REACHABLE[$host]:-}" ]; then
    REACHABLE[$host]=no
    if has curl && curl -sI --connect-timeout 3 -m 6 -o /dev/null "$host"; then REACHABLE[$host]=yes; fi
  fi
  [ "${REACHABLE[$host]}" = yes ]
}

# download URL SUM-URL FILE : the sum is a bare one, or a list with the file's name. A wrong sum is an error, an absent file is not.
download() {
  local url=$1 sums=$2 file=$3 want
  reachable "$url" || return 1
  say "downloading $url"
  curl -fsSL --retry 2 --connect-timeout 5 -o "$file" "$url" || return 1
  want=$(curl -fsSL --retry 2 "$sums" | awk -v name="$(basename "$url")" 'NF == 1 || $2 == name || $2 == "*" name { print $1; exit }') || return 1
  [ "$(sha256sum <"$file" | cut -d' ' -f1)" = "$want" ] || die "$url: the checksum is not the one of $sums"
}

# download_archive URL SUM-URL DIR : unpacked there
download_archive() {
  local archive=$3/archive
  download "$1" "$2" "$archive" || return 1
  tar -xzf "$archive" -C "$3" || return 1
  rm "$archive"
}

# go_build MODULE OUT PACKAGE [FLAG...] : of the Go modules in ./go
go_build() {
  local module=$1 out=$2 package=$3
  shift 3
  has go || die "$module must be built from its Go module and there is no 'go' on PATH: install Go 1.26 or later"
  (cd "$CLUSTER_HOME/go/$module" && GOFLAGS=-buildvcs=false CGO_ENABLED=0 nice -n 5 go build -mod=readonly -trimpath "$@" -o "$out" "$package")
}

get_kubernetes() {
  local dir=$1 program base=https://dl.k8s.io/release/v$KUBERNETES_VERSION/bin/linux/$ARCH v=k8s.io/component-base/version
  # shellcheck disable=SC2086 # a list of words
  if on_path "$dir" "v?${KUBERNETES_VERSION%.*}\.[0-9]+" $KUBERNETES_PROGRAMS; then return; fi
  if reachable "$base"; then
    for program in $KUBERNETES_PROGRAMS; do
      download "$base/$program" "$base/$program.sha256" "$dir/$program" || break
      chmod +x "$dir/$program"
    done
    [ ! -x "$dir/kubectl" ] || return 0
  fi
  say "building Kubernetes $KUBERNETES_VERSION from its Go module: about 5 minutes on 2 cores the first time"
  go_build kubernetes "$dir/kubernetes" . -ldflags "-s -w -X $v.gitVersion=v$KUBERNETES_VERSION -X $v.gitMajor=${KUBERNETES_VERSION%%.*} \
    -X $v.gitMinor=$(echo "$KUBERNETES_VERSION" | cut -d. -f2) -X $v.gitTreeState=clean -X $v.buildDate=1970-01-01T00:00:00Z"
  for program in $KUBERNETES_PROGRAMS; do ln -sf kubernetes "$dir/$program"; done
}

get_helm() {
  local dir=$1 base=https://get.helm.sh/helm-v$HELM_VERSION-linux-$ARCH.tar.gz v=helm.sh/helm/v3/internal/version
  if on_path "$dir" 'v3\.(1[89]|[2-9][0-9])\.' helm; then return; fi
  if download_archive "$base" "$base.sha256sum" "$dir"; then
    mv "$dir/linux-$ARCH/helm" "$dir/helm"
    return
  fi
  say "building helm $HELM_VERSION from its Go module: about 2 minutes"
  go_build helm "$dir/helm" helm.sh/helm/v3/cmd/helm -ldflags "-s -w -X $v.version=v$HELM_VERSION"
}

# Each is what judges the chart, or tells of it: built in less than a minute.
get_helm_docs() { go_build helm-docs "$1/helm-docs" github.com/norwoodj/helm-docs/cmd/helm-docs -ldflags "-s -w"; }
get_kubeconform() { go_build kubeconform "$1/kubeconform" github.com/yannh/kubeconform/cmd/kubeconform -ldflags "-s -w"; }
get_kube_score() { go_build kube-score "$1/kube-score" github.com/zegl/kube-score/cmd/kube-score -ldflags "-s -w"; }

# The Prometheus operator's definitions, which its Go module has beside its code.
get_prometheus_crds() {
  local module=github.com/prometheus-operator/prometheus-operator dir
  has go || die "the definitions of the Prometheus operator come with its Go module and there is no 'go' on PATH: install Go 1.26 or later"
  dir=$(cd "$CLUSTER_HOME/go/prometheus-crds" && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp "$dir"/example/prometheus-operator-crd/monitoring.coreos.com_{podmonitors,servicemonitors,prometheusrules}.yaml "$1/"
}

get_coredns() {
  local dir=$1 base
  base=https://github.com/coredns/coredns/releases/download/v$COREDNS_VERSION/coredns_${COREDNS_VERSION}_linux_$ARCH.tgz
  if on_path "$dir" 'CoreDNS-1\.(1[1-9]|[2-9][0-9])' coredns; then return; fi
  if download_archive "$base" "$base.sha256" "$dir"; then return; fi
  say "building CoreDNS $COREDNS_VERSION from its Go module: about 1 minute"
  go_build coredns "$dir/coredns" . -ldflags "-s -w"
}

get_pause() { go_build pause "$1/pause" . -ldflags "-s -w"; }
get_dhcp_probe() { go_build dhcp-probe "$1/dhcp-probe" . -ldflags "-s -w"; }

# Its libraries are those of the cluster's Kubernetes: where that was built, they are compiled already.
get_lease_client() {
  say "building a client of the lease API in Go: up to 1 minute"
  go_build lease-client "$1/lease-client" . -ldflags "-s -w"
}

get_kstatus_judge() { go_build kstatus-judge "$1/kstatus-judge" . -ldflags "-s -w"; }
get_flux_judge() { go_build flux-judge "$1/flux-judge" . -ldflags "-s -w"; }
get_dashboard_judge() { go_build dashboard-judge "$1/dashboard-judge" . -ldflags "-s -w"; }

# Its libraries are those of Argo CD: nothing else here has them.
get_argocd_judge() {
  say "building Argo CD's health and diff from its Go modules: about 3 minutes on 2 cores the first time"
  go_build argocd-judge "$1/argocd-judge" . -ldflags "-s -w"
}

get_older_kubectl() {
  local file=$1/older-kubectl v=k8s.io/component-base/version
  local base=https://dl.k8s.io/release/v$OLDER_KUBECTL_VERSION/bin/linux/$ARCH/kubectl
  if download "$base" "$base.sha256" "$file"; then
    chmod +x "$file"
    return
  fi
  say "building kubectl $OLDER_KUBECTL_VERSION from its Go module: about 1 minute"
  go_build older-kubectl "$file" . -ldflags "-s -w -X $v.gitVersion=v$OLDER_KUBECTL_VERSION -X $v.gitMajor=${OLDER_KUBECTL_VERSION%%.*} \
    -X $v.gitMinor=$(echo "$OLDER_KUBECTL_VERSION" | cut -d. -f2) -X $v.gitTreeState=clean -X $v.buildDate=1970-01-01T00:00:00Z"
}

get_etcd() {
  local dir=$1 base=https://github.com/etcd-io/etcd/releases/download/v$ETCD_VERSION
  if on_path "$dir" 'etcd Version: 3\.[5-9]\.' etcd; then return; fi
  if download_archive "$base/etcd-v$ETCD_VERSION-linux-$ARCH.tar.gz" "$base/SHA256SUMS" "$dir"; then
    mv "$dir/etcd-v$ETCD_VERSION-linux-$ARCH/etcd" "$dir/etcd"
    return
  fi
  from_debian "$dir" etcd-server usr/bin/etcd && return
  say "building etcd from its Go module: about 1 minute"
  go_build etcd "$dir/etcd" go.etcd.io/etcd/server/v3 -ldflags "-s -w"
}

get_containerd() {
  local dir=$1 program base=https://github.com/containerd/containerd/releases/download/v$CONTAINERD_VERSION/containerd-$CONTAINERD_VERSION-linux-$ARCH.tar.gz
  if on_path "$dir" 'v?2\.[0-9]+\.' containerd ctr containerd-shim-runc-v2; then return; fi
  if download_archive "$base" "$base.sha256sum" "$dir"; then
    mv "$dir"/bin/* "$dir/"
    return
  fi
  from_debian "$dir" containerd usr/bin/{containerd,ctr,containerd-shim-runc-v2} && return
  say "building containerd $CONTAINERD_VERSION from its Go module: about 2 minutes"
  for program in containerd ctr containerd-shim-runc-v2; do
    go_build containerd "$dir/$program" "github.com/containerd/containerd/v2/cmd/$program" -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=$CONTAINERD_VERSION"
  done
}

get_cni() {
  local dir=$1 program files=() base=https://github.com/containernetworking/plugins/releases/download/v$CNI_VERSION/cni-plugins-linux-$ARCH-v$CNI_VERSION.tgz
  if download_archive "$base" "$base.sha256" "$dir"; then return; fi
  for program in $CNI_PLUGINS; do files+=("usr/lib/cni/${program#*/}"); done
  from_debian "$dir" containernetworking-plugins "${files[@]}" && return
  say "building the CNI plugins $CNI_VERSION from their Go module: about 1 minute"
  for program in $CNI_PLUGINS; do
    go_build cni "$dir/${program#*/}" "github.com/containernetworking/plugins/plugins/$program" -ldflags "-s -w"
  done
}

# Prometheus and its promtool, which tests the chart's alerts.
get_prometheus() {
  local dir=$1
  if on_path "$dir" 'version (2\.5[0-9]|3\.)' prometheus promtool; then return; fi
  from_debian "$dir" prometheus usr/bin/prometheus && from_debian "$dir" promtool usr/bin/promtool && return
  die "Debian $TOOLS_SUITE has no Prometheus that runs here: install prometheus and promtool 2.50 or later"
}

# from_debian DIR PACKAGE FILE... : Go programs, so a newer suite's run here as well; false where one does not
from_debian() {
  local dir=$1 package=$2 file unpacked
  shift 2
  has apt-get && [ -e "$KEYRING" ] || return 1
  say "unpacking $package of Debian $TOOLS_SUITE"
  unpacked=$(mktemp -d)
  (debian_download "$TOOLS_SUITE" "$unpacked" "$package") || return 1
  for file in "$@"; do
    "$unpacked/$file" --version >/dev/null 2>&1 || "$unpacked/$file" -v >/dev/null 2>&1 || [ "$package" = containernetworking-plugins ] || return 1
    cp "$unpacked/$file" "$dir/" || return 1
  done
  rm -rf "$unpacked"
}

get_kea_rootfs() {
  local dir=$1 version
  say "unpacking Kea and its libraries from Debian $KEA_SUITE: about half a minute"
  apt_install libcap2-bin
  debian_rootfs "$KEA_SUITE" "$dir" "$CHECKOUT/server-image/packages"
  "$CHECKOUT/server-image/finish" "$dir"
  version=$(chroot "$dir" /usr/sbin/kea-dhcp4 -v)
  [ "${version%.*}" = "${KEA_VERSION%.*}" ] || die "Debian $KEA_SUITE has Kea $version; this project is made for ${KEA_VERSION%.*}: set DEBIAN_MIRROR to a snapshot that has it"
}

# Of the same suite as the server that it is loaded into.
get_libfaketime() {
  local unpacked
  unpacked=$(mktemp -d)
  debian_download "$KEA_SUITE" "$unpacked" libfaketime
  cp "$(find "$unpacked" -name libfaketimeMT.so.1)" "$1/"
  rm -rf "$unpacked"
}

get_postgresql_rootfs() {
  say "unpacking PostgreSQL $POSTGRESQL_MAJOR from Debian $BASE_SUITE: about half a minute"
  debian_rootfs "$BASE_SUITE" "$1" "$CHECKOUT/server-image/postgresql/packages"
  "$CHECKOUT/server-image/postgresql/finish" "$1"
}

# Unpacked rather than installed: their packages would start servers on this machine.
get_dhcp6_rootfs() {
  say "unpacking clients and relay agents of DHCPv6 from Debian $BASE_SUITE: about half a minute"
  debian_rootfs "$BASE_SUITE" "$1" "$CLUSTER_HOME/client-packages"
}

get_shells_rootfs() {
  say "unpacking zsh and fish from Debian $BASE_SUITE: about half a minute"
  debian_rootfs "$BASE_SUITE" "$1" "$CLUSTER_HOME/shell-packages"
}

# What the node binary needs, and the authorities that the clients of outside services trust.
get_operator_rootfs() {
  local dir=$1
  debian_rootfs "$BASE_SUITE" "$dir" "$CLUSTER_HOME/operator-packages"
  # The package's own script, which makes the bundle, has not run.
  mkdir -p "$dir/etc/ssl/certs" "$dir/usr/local/bin"
  cat "$dir"/usr/share/ca-certificates/mozilla/*.crt >"$dir/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0:root:/root:/usr/sbin/nologin\nkea-operator:x:10068:10068::/app:/usr/sbin/nologin\n' >"$dir/etc/passwd"
  printf 'root:x:0:\nkea-operator:x:10068:\n' >"$dir/etc/group"
  install -m 755 "$CHECKOUT"/node_modules/node-linux-*/bin/node "$dir/usr/local/bin/node"
  rm -rf "$dir"/var/lib/{apt,dpkg} "$dir"/usr/lib/*-linux-gnu/gconv "$dir"/usr/lib/*-linux-gnu/perl-base "$dir"/usr/bin/perl*
  chroot "$dir" /usr/local/bin/node --version >/dev/null
}
