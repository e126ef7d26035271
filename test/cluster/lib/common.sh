#!/usr/bin/env bash
# Paths, names, addresses and the small helpers every other part uses.

CHECKOUT=$(cd "$CLUSTER_HOME/../.." && pwd)
STATE=$(realpath -m "${KEA_CLUSTER_DIR:-$CHECKOUT/.cluster}")
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kea-operator
# Everything this cluster makes outside its directory carries this name: two checkouts never meet, and what a killed run
# left can be found again without any record of it. Ten characters, because a link has room for fifteen.
PREFIX=kea-$(printf %s "$STATE" | sha256sum | cut -c1-6)
export CHECKOUT STATE CACHE PREFIX KEA_CLUSTER_DIR=$STATE
export CP_NS=$PREFIX-cp LAN_NS=$PREFIX-lan HOST_LINK=$PREFIX

export LAN_NET=198.51.100          # node N has LAN_NET.(1+N)
export MAX_NODES=20

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
die() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

# has PROGRAM : true when it is on PATH
has() { command -v "$1" >/dev/null 2>&1; }

# seconds_since MILLISECONDS : prints "1.2 s"
now_ms() { date +%s%3N; }
seconds_since() {
  local d=$(($(now_ms) - $1))
  printf '%d.%d s' $((d / 1000)) $((d % 1000 / 100))
}

# step TEXT CMD... : runs CMD, then says TEXT and how long it took
step() {
  local text=$1 start
  shift
  start=$(now_ms)
  "$@"
  say "$text ($(seconds_since "$start"))"
}

# wait_for SECONDS WHAT CMD... : until CMD succeeds; dies naming WHAT
wait_for() {
  local limit=$1 what=$2 start next
  shift 2
  start=$(now_ms) next=10
  until "$@" >/dev/null 2>&1; do
    local gone=$((($(now_ms) - start) / 1000))
    [ "$gone" -lt "$limit" ] || die "$what: not there after $limit s (logs: $STATE/log)"
    if [ "$gone" -ge "$next" ]; then
      say "still waiting for $what ($gone s)"
      next=$((next + 10))
    fi
    sleep 0.2
  done
}

need_machine() {
  [ "$(uname -s)" = Linux ] || die "the cluster is made of Linux namespaces and this is $(uname -s); use a Linux machine, or kind (CLUSTER_KIND=1)"
  [ "$(id -u)" = 0 ] || die "making network namespaces, mounts and cgroups needs root: run it with sudo -E"
}

# need_watches : a node needs a dozen instances of inotify, of which Linux lets a user have 128: fewer than some clusters side by side need. A kubelet
# without one ends, and is started again and again. What is higher by then stays so.
need_watches() {
  local limit=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $limit)" -ge "$INOTIFY_INSTANCES" ] || echo "$INOTIFY_INSTANCES" >$limit
}
INOTIFY_INSTANCES=1024

# The management network is chosen at up, as the root namespace must be able to tell clusters apart.
load_settings() {
  [ -e "$STATE/settings" ] || die "no cluster in $STATE: run 'cluster up' first"
  # shellcheck disable=SC1091 # written by up
  . "$STATE/settings"
  export IP_FAMILY MGMT_NET NODE_COUNT
}

# by_family IPV4 IPV6 : the one that this cluster has: of what carries it, as the LAN has both
by_family() { if [ "$IP_FAMILY" = 4 ]; then echo "$1"; else echo "$2"; fi; }
# A network is the first three octets of an address; one of IPv6 has the same figures: 10.99.20 is 10.99.20.0/24, or fd00:10:99:20::/64.
address_in() { by_family "$1.$2" "fd00:${1//./:}::$2"; }
net_length() { by_family 24 64; }
cidr_of() { by_family "$1.0/24" "fd00:${1//./:}::/64"; }
# in_url ADDRESS : as it stands before a port
in_url() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac }

service_cidr() { by_family 10.96.0.0/16 fd00:10:96::/112; }
service_api() { by_family 10.96.0.1 fd00:10:96::1; }
pod_cidr() { by_family 10.244.0.0/16 fd00:10:244::/56; }
node_pod_net() { echo "10.244.$(node_index "$1")"; }
cp_ip() { address_in "$MGMT_NET" 1; }
host_ip() { address_in "$MGMT_NET" 254; }
node_index() { echo "${1#node}"; }
node_ip() { address_in "$MGMT_NET" $((10 + $(node_index "$1"))); }
node_lan_ip() { echo "$LAN_NET.$((1 + $(node_index "$1")))"; }
node_names() {
  local i
  for i in $(seq "$NODE_COUNT"); do echo "node$i"; done
}
need_node() {
  if ! [[ $1 =~ ^node[1-9][0-9]?$ ]] || [ "$(node_index "$1")" -gt "$NODE_COUNT" ]; then
    die "no node '$1'; there are: $(node_names | tr '\n' ' ')"
  fi
}

# `ip netns exec` remounts /sys, which hides the cgroups: only the network namespace is entered.
in_ns() {
  local ns=$1
  shift
  nsenter --net="/run/netns/$ns" -- "$@"
}
ns_exists() { [ -e "/run/netns/$1" ]; }

# A recorded process is its pid and start time, so that a pid used again is never taken for it.
start_time() { sed -E 's/.*\) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
record_pid() { echo "$2 $(start_time "$2")" >"$STATE/pid/$1"; }
recorded_pid() {
  local pid started
  [ -e "$STATE/pid/$1" ] && read -r pid started <"$STATE/pid/$1" && [ -n "$started" ] || return 1
  [ "$(start_time "$pid")" = "$started" ] || return 1
  echo "$pid"
}

# in_background NAME LOG CMD... : detached from this command's terminal, lock and lifetime; its pid is recorded
in_background() {
  local name=$1 log=$2
  shift 2
  setsid "$@" >>"$log" 2>&1 </dev/null 9>&- &
  record_pid "$name" $!
}

# with_lock NAME CMD... : one at a time on this machine; the cache is shared by every checkout of this user
with_lock() {
  local name=$1 fd
  shift
  mkdir -p "$CACHE/locks"
  exec {fd}>"$CACHE/locks/$name"
  if ! flock -n "$fd"; then
    say "$name: another run is at it, waiting"
    flock "$fd"
  fi
  "$@"
  exec {fd}>&-
}

# digest_of FILE|DIRECTORY|=WORD... : short digest of the contents of files and directories, and of words
digest_of() {
  local x
  for x in "$@"; do
    case $x in
      =*) echo "$x" ;;
      *) if [ -d "$x" ]; then (cd "$x" && find . -type f -print0 | sort -z | xargs -0 sha256sum); else sha256sum <"$x"; fi ;;
    esac
  done | sha256sum | cut -c1-12
}
