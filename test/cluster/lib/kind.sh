#!/usr/bin/env bash
# CLUSTER_KIND=1: the same commands on a kind cluster, where Docker is. A node is kind's container, the LAN a Docker network,
# a client a container on it. node1, node2 and node3 are kind's workers. Cutting mgmt0 and power-off freeze the node's container, which is the
# nearest that Docker has.

KIND_LAN=$PREFIX-lan
KIND_CLIENT_IMAGE=${KIND_CLIENT_IMAGE:-busybox:stable}

kind_container() {
  case $1 in
    node1) echo "$PREFIX-worker" ;;
    node*) echo "$PREFIX-worker${1#node}" ;;
    *) echo "$1" ;;
  esac
}

kind_command() {
  local command=$1
  shift
  for tool in docker kind kubectl; do has "$tool" || die "CLUSTER_KIND=1 needs $tool on PATH"; done
  case $command in
    up)
      [[ " $* " != *" --ipv6 "* ]] || die "up: --ipv6 is of the embedded cluster alone"
      kind_up
      ;;
    down) kind_down ;;
    status) KUBECONFIG=$STATE/kubeconfig kubectl get nodes ;;
    kubeconfig) echo "$STATE/kubeconfig" ;;
    kubectl | helm) KUBECONFIG=$STATE/kubeconfig "$command" "$@" ;;
    load) for tar in "$@"; do kind load image-archive --name "$PREFIX" "$tar"; done ;;
    exec) docker exec "$(kind_container "$1")" "${@:2}" ;;
    power-off) docker pause "$(kind_container "$1")" ;;
    power-on) docker unpause "$(kind_container "$1")" ;;
    cut | heal) kind_link "$command" "$@" ;;
    client) kind_client "$@" ;;
    images) cmd_images "$@" ;;
    *) die "no command '$command' on kind" ;;
  esac
}

kind_up() {
  local node i=1
  mkdir -p "$STATE/clients"
  kind create cluster --name "$PREFIX" --config "$CLUSTER_HOME/kind-config.yaml" --kubeconfig "$STATE/kubeconfig" --wait 180s
  docker network create --subnet "$LAN_NET.0/24" --gateway "$LAN_NET.254" --ip-range "$LAN_NET.224/28" "$KIND_LAN" >/dev/null
  for node in $(kind get nodes --name "$PREFIX" | grep -- -worker | sort); do
    docker network connect --ip "$LAN_NET.$((1 + i))" "$KIND_LAN" "$node"
    # Docker calls it eth1; the samples say lan0.
    docker exec "$node" sh -c 'ip link set eth1 down && ip link set eth1 name lan0 && ip link set lan0 up && ip link property add dev eth0 altname mgmt0'
    i=$((i + 1))
  done
  for node in kea postgresql; do kind load image-archive --name "$PREFIX" "$(image_tar "$node")"; done
  echo "export KUBECONFIG=$STATE/kubeconfig"
}

kind_down() {
  local client
  for client in "$STATE"/clients/*; do
    [ ! -e "$client" ] || docker rm -f "$(client_ns "$(basename "$client")")" >/dev/null
  done
  kind delete cluster --name "$PREFIX"
  docker network rm "$KIND_LAN" >/dev/null 2>&1 || true
  rm -rf "$STATE"
}

kind_link() {
  local node
  node=$(kind_container "$2")
  case $1-$3 in
    cut-lan0) docker exec "$node" ip link set lan0 down ;;
    heal-lan0) docker exec "$node" ip link set lan0 up ;;
    cut-mgmt0) docker pause "$node" ;;
    heal-mgmt0) docker unpause "$node" ;;
    *) die "no link '$3'; a node has mgmt0 and lan0" ;;
  esac
}

kind_client() {
  local name=$1 what=$2 container run
  container=$(client_ns "$name")
  shift 2
  if [ ! -e "$STATE/clients/$name" ]; then
    docker run -d --name "$container" --network "$KIND_LAN" --mac-address "$(client_mac "$name")" --cap-add NET_ADMIN --cap-add NET_RAW \
      -v "$CLUSTER_HOME/files/udhcpc-hook:/hook:ro" "$KIND_CLIENT_IMAGE" sleep 1000000 >/dev/null
    docker exec "$container" ip addr flush dev eth0
    touch "$STATE/clients/$name"
  fi
  run=(docker exec "$container")
  case $what in
    dhcp) ;;
    mac)
      client_mac "$name"
      return
      ;;
    *)
      "${run[@]}" "$what" "$@"
      return
      ;;
  esac
  local udhcpc='exec udhcpc -f -i eth0 -p /tmp/pid -s /hook'
  # shellcheck disable=SC2016 # expanded in the container
  case ${1:-} in
    --daemon)
      docker exec -d "$container" sh -c "$udhcpc -t 4 -T 1 -A 1 >/tmp/log 2>&1"
      kind_event "$container" 0 '^LEASE'
      ;;
    --renew) kind_signal "$container" USR1 '^LEASE' ;;
    --release) kind_signal "$container" USR2 '^EVENT deconfig' ;;
    --stop) "${run[@]}" sh -c 'kill "$(cat /tmp/pid)"' ;;
    --log) "${run[@]}" cat /tmp/log ;;
    *) "${run[@]}" sh -c "$udhcpc -q -n -t 4 -T 1 \"\$@\"" udhcpc "$@" ;;
  esac
}

kind_signal() {
  local seen
  seen=$(docker exec "$1" sh -c 'wc -l </tmp/log')
  docker exec "$1" sh -c "kill -s $2 \"\$(cat /tmp/pid)\""
  kind_event "$1" "$seen" "$3"
}

kind_event() { docker exec "$1" timeout 20 sh -c "until tail -n +\$(($2 + 1)) /tmp/log | grep -m1 -E '$3'; do sleep 0.2; done"; }
