#!/usr/bin/env bash
# up, down, status: the whole cluster.

STATE_ENTRIES=(kubecache complete settings pid log pki kubeconfig Corefile etcd etcd-saved images clients nodes)
LIFECYCLE_LOCK=$CACHE/locks/cluster-$PREFIX

# One up or down at a time. File descriptor 9 holds the lock and is closed for what runs on afterwards; children of a killed
# `up` keep it until they end, which is waited for, while a living one is named.
hold_lifecycle() {
  local pid started what
  mkdir -p "$CACHE/locks"
  exec 9>>"$LIFECYCLE_LOCK"
  if ! flock -n 9; then
    read -r pid started what <"$LIFECYCLE_LOCK" || true
    if [ "$(start_time "${pid:-0}")" = "${started:-none}" ]; then
      die "'cluster $what' (process $pid) is at work on $STATE: wait for it to end"
    fi
    say "waiting for the last processes of an earlier run that was killed"
    flock -w 120 9 || die "they do not end: look for processes that have $LIFECYCLE_LOCK open"
  fi
  echo "$$ $(start_time $$) $1" >"$LIFECYCLE_LOCK"
}

cmd_up() {
  local nodes=2 family=4 start
  start=$(now_ms)
  while [ $# -gt 0 ]; do
    case $1 in
      --nodes)
        nodes=${2:-}
        shift 2
        ;;
      --nodes=*)
        nodes=${1#*=}
        shift
        ;;
      --ipv6)
        family=6
        shift
        ;;
      *) die "up: what is '$1'? usage: cluster up [--nodes N] [--ipv6]" ;;
    esac
  done
  if ! [[ $nodes =~ ^[1-9][0-9]?$ ]] || [ "$nodes" -gt "$MAX_NODES" ]; then
    die "up: --nodes wants a number from 1 to $MAX_NODES, not '$nodes'"
  fi
  need_machine
  need_watches
  hold_lifecycle up
  if [ -e "$STATE/complete" ] && [ -n "$(cluster_pids)" ]; then
    die "the cluster in $STATE is up already; 'cluster down' ends it, 'cluster status' shows it"
  fi
  cmd_deps cluster
  if [ -n "$(leftovers)" ]; then
    step "cleaned up what an earlier run left" clean_up
  fi
  say "starting a cluster of $nodes nodes in $STATE"
  bring_up "$nodes" "$family"
  date +%FT%T >"$STATE/complete"
  say "the cluster is up after $(seconds_since "$start")"
  echo "export KUBECONFIG=$STATE/kubeconfig"
}

bring_up() {
  local node
  NODE_COUNT=$1 IP_FAMILY=$2
  mkdir -p "$STATE/pid" "$STATE/log"
  with_lock mgmt-net make_base_net
  printf 'IP_FAMILY=%s MGMT_NET=%s NODE_COUNT=%s\n' "$IP_FAMILY" "$MGMT_NET" "$NODE_COUNT" >"$STATE/settings"
  for node in $(node_names); do make_node_net "$node"; done
  step "certificates" make_pki
  step "control plane on $(cp_ip)" start_control_plane
  keep_image "$(image_tar pause)"
  step "images loaded into $NODE_COUNT nodes" start_nodes
  step "nodes Ready" wait_nodes
  wait_for 30 "the default service account" kubectl_quiet -n default get serviceaccount default
}

start_nodes() {
  local node image job jobs=()
  for image in kea postgresql; do keep_image "$(image_tar "$image")"; done
  for node in $(node_names); do
    { start_node "$node" && import_images "$node"; } &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || die "a node did not start: see $STATE/log"; done
}

wait_nodes() {
  local node
  for node in $(node_names); do wait_for 120 "$node to be Ready" node_ready "$node"; done
}

cmd_down() {
  need_machine
  hold_lifecycle down
  if [ -z "$(leftovers)" ]; then
    say "there is no cluster in $STATE"
    return
  fi
  step "the cluster in $STATE is gone" clean_up
}

# leftovers : what a cluster of this directory has on the machine, in the directory and outside
leftovers() {
  local entry
  for entry in "${STATE_ENTRIES[@]}"; do [ ! -e "$STATE/$entry" ] || echo "$STATE/$entry"; done
  find /run/netns -maxdepth 1 -name "$PREFIX-*" 2>/dev/null
  node_cgroups
  [ ! -e "/sys/class/net/$HOST_LINK" ] || echo "$HOST_LINK"
}

# cluster_pids : every process in its network namespaces and cgroups, found by name: no record is needed
cluster_pids() {
  local ns
  {
    for ns in /run/netns/"$PREFIX"-*; do
      [ ! -e "$ns" ] || ip netns pids "$(basename "$ns")" 2>/dev/null || true
    done
    cgroup_pids
  } | sort -un
}

clean_up() {
  local pids ns group entry
  for _ in $(seq 200); do
    pids=$(cluster_pids)
    [ -n "$pids" ] || break
    # shellcheck disable=SC2086 # a list of numbers
    kill -9 $pids 2>/dev/null || true
    sleep 0.05
  done
  [ -z "$pids" ] || die "these processes do not end: $(echo "$pids" | tr '\n' ' ')"
  for ns in /run/netns/"$PREFIX"-*; do
    [ ! -e "$ns" ] || ip netns del "$(basename "$ns")"
  done
  # It may be going by itself, with the namespace of its peer.
  ip link del "$HOST_LINK" 2>/dev/null || [ ! -e "/sys/class/net/$HOST_LINK" ] || die "the link $HOST_LINK does not go"
  for group in $(node_cgroups); do remove_cgroups "$(basename "$group" | sed "s/^$PREFIX-//")"; done
  # Only what a cluster puts there: the directory may hold those of other clusters.
  for entry in "${STATE_ENTRIES[@]}"; do rm -rf --one-file-system "${STATE:?}/$entry"; done
  rmdir --ignore-fail-on-non-empty "$STATE" 2>/dev/null || true
}

cmd_status() {
  local node link client
  if [ ! -e "$STATE/settings" ]; then
    echo "no cluster in $STATE"
    return 1
  fi
  load_settings
  echo "cluster $PREFIX in $STATE, $([ -e "$STATE/complete" ] && echo "up since $(cat "$STATE/complete")" || echo "not completely up")"
  for node in etcd apiserver controller-manager scheduler coredns; do
    printf '%-20s %s\n' "$node" "$(recorded_pid "$node" >/dev/null && echo running || echo "NOT RUNNING, see $STATE/log/$node.log")"
  done
  for node in $(node_names); do
    link=$(link_state "$CP_NS" "$node")/$(link_state "$LAN_NS" "$node")
    printf '%-20s %s, mgmt0 %s, lan0 %s (%s)\n' "$node" "$(recorded_pid "$node" >/dev/null && echo "powered on" || echo "powered off")" \
      "$(node_ip "$node")" "$(node_lan_ip "$node")" "$link"
  done
  for client in "$STATE"/clients/*; do
    [ ! -d "$client" ] || printf '%-20s client, %s\n' "$(basename "$client")" "$(cat "$client/mac")"
  done
  "$(tool_dir kubernetes)/kubectl" --kubeconfig "$STATE/kubeconfig" --request-timeout 5s get nodes
}

link_state() { if [[ $(ip -n "$1" -o link show "p-$2" 2>/dev/null) =~ [,\<]UP[,\>] ]]; then echo up; else echo cut; fi; }

cmd_kubeconfig() {
  load_settings
  echo "$STATE/kubeconfig"
}
