#!/usr/bin/env bash
# Nodes: started, entered, switched off and on, given images.

start_node() {
  local node=$1 launcher pid
  mkdir -p "$STATE/nodes/$node" "$STATE/images"
  remove_cgroups "$node"
  make_cgroups "$node"
  set_port "$node" mgmt0 up
  set_port "$node" lan0 up
  address_node "$node"
  # shellcheck disable=SC2016 # expanded by the new shell
  # Joins the node's cgroups first, so that they are the root of its own cgroup namespace.
  setsid bash -ec '. "$0/lib/common.sh"; . "$0/lib/cgroups.sh"; join_cgroups "$1"
    exec nsenter --net="/run/netns/$PREFIX-$1" -- unshare --cgroup --mount --pid --uts --ipc --fork --kill-child --mount-proc "$0/files/node-init" "$1"' \
    "$CLUSTER_HOME" "$node" >>"$STATE/log/$node.log" 2>&1 </dev/null 9>&- &
  launcher=$!
  for _ in $(seq 200); do
    # Only a child of unshare itself is the node; one that was read before belongs to what ran there earlier.
    if [ "$(cat "/proc/$launcher/comm" 2>/dev/null)" = unshare ]; then
      pid=$(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null || true)
      if [ -n "$pid" ]; then
        record_pid "$node" "${pid% }"
        return
      fi
    fi
    sleep 0.05
  done
  die "$node did not start: see $STATE/log/$node.log"
}

node_ready() {
  [ "$("$(tool_dir kubernetes)/kubectl" --kubeconfig "$STATE/kubeconfig" get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

# in_node NODE CMD... : with the node's tools on PATH, and its own view of processes, files and network
in_node() {
  local node=$1 pid
  shift
  pid=$(node_pid "$node")
  nsenter -t "$pid" -C -m -u -i -n -p -- env PATH="$(node_path)" "$@"
}

node_pid() { recorded_pid "$1" || die "$1 is powered off: 'cluster power-on $1' brings it back"; }

node_path() { echo "$(tool_dir containerd):$(tool_dir kubernetes):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; }

cmd_exec() {
  [ $# -ge 2 ] || die "usage: cluster exec NODE|control-plane CMD..."
  load_settings
  if [ "$1" = control-plane ]; then
    shift
    exec nsenter --net="/run/netns/$CP_NS" -- "$@"
  fi
  need_node "$1"
  local node=$1 pid
  shift
  pid=$(node_pid "$node")
  exec nsenter -t "$pid" -C -m -u -i -n -p -- env PATH="$(node_path)" "$@"
}

# Nothing in the node gets to say goodbye: with its first process the kernel ends all of them.
cmd_power_off() {
  local pid
  [ $# = 1 ] || die "usage: cluster power-off NODE"
  load_settings
  need_node "$1"
  pid=$(recorded_pid "$1") || die "$1 is already powered off"
  kill -9 "$pid"
  set_port "$1" mgmt0 down
  set_port "$1" lan0 down
  while recorded_pid "$1" >/dev/null; do sleep 0.05; done
  rm -f "$STATE/pid/$1"
}

cmd_power_on() {
  [ $# = 1 ] || [ "$*" = "$1 --no-wait" ] || die "usage: cluster power-on NODE [--no-wait]"
  load_settings
  need_node "$1"
  if recorded_pid "$1" >/dev/null; then die "$1 is already powered on"; fi
  start_node "$1"
  import_images "$1"
  [ $# = 2 ] || wait_for 90 "$1 to be Ready" node_ready "$1"
}

# cmd_load TAR... : into every node, now or when it is powered on again
cmd_load() {
  local tar node job jobs=()
  [ $# -gt 0 ] || die "usage: cluster load IMAGE.tar..."
  load_settings
  for tar in "$@"; do keep_image "$tar"; done
  for node in $(node_names); do
    if ! recorded_pid "$node" >/dev/null; then
      say "$node is powered off: it gets the image when it is powered on"
      continue
    fi
    import_images "$node" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || die "an import failed: see $STATE/log"; done
}

# keep_image TAR : the cluster's copy, by the image's name: a newer one of the same name takes its place
keep_image() {
  local name new
  [ -s "$1" ] || die "no image file $1"
  name=$(tar -xOf "$1" manifest.json 2>/dev/null | sed -n 's/.*"RepoTags":\["\([^"]*\)".*/\1/p')
  [ -n "$name" ] || die "$1 is not an image of the form 'docker save' writes"
  mkdir -p "$STATE/images"
  new=$STATE/images/${name//[^a-zA-Z0-9.-]/_}.tar
  ln -f "$1" "$new" 2>/dev/null || cp "$1" "$new"
}

# import_images NODE : those it does not have yet
import_images() {
  local node=$1 tar stamp
  wait_for 60 "containerd of $node" in_node "$node" ctr version
  for tar in "$STATE"/images/*.tar; do
    [ -e "$tar" ] || continue
    stamp=$STATE/nodes/$node/imported/$(basename "$tar").$(stat -c %i-%Y-%s "$tar")
    [ ! -e "$stamp" ] || continue
    in_node "$node" ctr -n k8s.io images import "$tar" >>"$STATE/log/$node-import.log" 2>&1 || return 1
    mkdir -p "$STATE/nodes/$node/imported"
    # One that has its name again later is not there any more.
    rm -f "$STATE/nodes/$node/imported/$(basename "$tar")".*
    touch "$stamp"
  done
}
