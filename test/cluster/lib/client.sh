#!/usr/bin/env bash
# DHCP clients: a network namespace each, plugged into the LAN, with a hardware address that follows from the name.

client_ns() { echo "$PREFIX-c-$1"; }
client_mac() { printf %s "$1" | sha256sum | sed -E 's/^(..)(..)(..)(..)(..).*/02:\1:\2:\3:\4:\5/'; }

# need_client NAME : plugged in on first use
need_client() {
  [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$ ]] || die "client: '$1' is no name: lower-case letters, digits and dashes, at most 30"
  mkdir -p "$STATE/clients/$1"
  [ -e "$STATE/clients/$1/mac" ] || with_lock "cluster-$PREFIX-clients" make_client "$1"
}

make_client() {
  local ns mac
  [ ! -e "$STATE/clients/$1/mac" ] || return 0
  ns=$(client_ns "$1") mac=$(client_mac "$1")
  if ns_exists "$ns"; then ip netns del "$ns"; fi
  make_ns "$ns"
  plug "$LAN_NS" lan "c-$(printf %s "$1" | sha256sum | cut -c1-8)" "$ns" eth0 "$mac"
  echo "$mac" >"$STATE/clients/$1/mac"
}

cmd_client() {
  [ $# -ge 2 ] || die "usage: cluster client NAME CMD... | NAME dhcp [...] | NAME dhcp6 [...] | NAME perfdhcp [...] | NAME probe [...] | NAME mac"
  local name=$1 what=$2
  shift 2
  load_settings
  need_machine
  need_client "$name"
  case $what in
    dhcp) client_dhcp "$name" "$@" ;;
    dhcp6) client_dhcp6 "$name" "$@" ;;
    perfdhcp) client_perfdhcp "$name" "$@" ;;
    probe) client_probe "$name" "$@" ;;
    mac) client_mac "$name" ;;
    *) exec nsenter --net="/run/netns/$(client_ns "$name")" -- "$what" "$@" ;;
  esac
}

# client_dhcp NAME [--daemon|--renew|--release|--stop|--log|--wait SECONDS] [UDHCPC-OPTION...]
client_dhcp() {
  local name=$1 dir=$STATE/clients/$1 mode=once seconds=20
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --daemon | --renew | --release | --stop | --log) mode=${1#--} ;;
      --wait)
        seconds=${2:?--wait: how many seconds?}
        shift
        ;;
      *) break ;;
    esac
    shift
  done
  local udhcpc=(nsenter --net="/run/netns/$(client_ns "$name")" -- busybox udhcpc -f -i eth0 -s "$CLUSTER_HOME/files/udhcpc-hook")
  case $mode in
    once) exec "${udhcpc[@]}" -q -n -t 4 -T 1 "$@" ;;
    daemon)
      if recorded_pid "dhcp-$name" >/dev/null; then die "client $name: its DHCP daemon runs already; --stop ends it"; fi
      : >"$dir/dhcp.log"
      in_background "dhcp-$name" "$dir/dhcp.log" "${udhcpc[@]}" -t 4 -T 1 -A 1 "$@"
      next_event "$name" 0 "$seconds" '^LEASE '
      ;;
    renew) signal_dhcp "$name" USR1 "$seconds" '^LEASE ' ;;
    release) signal_dhcp "$name" USR2 "$seconds" '^EVENT deconfig' ;;
    stop)
      kill "$(dhcp_pid "$name")"
      rm -f "$STATE/pid/dhcp-$name"
      ;;
    log) cat "$dir/dhcp.log" ;;
  esac
}

dhcp_pid() { recorded_pid "dhcp-$1" || die "client $1 has no DHCP daemon: 'cluster client $1 dhcp --daemon' starts it"; }

signal_dhcp() {
  local name=$1 signal=$2 seconds=$3 pattern=$4 pid seen
  pid=$(dhcp_pid "$name")
  seen=$(wc -l <"$STATE/clients/$name/dhcp.log")
  kill -s "$signal" "$pid"
  next_event "$name" "$seen" "$seconds" "$pattern"
}

# client_dhcp6 NAME [--renew|--release|--wait SECONDS] [DHCLIENT-OPTION...] : an address and a prefix, once; afterwards dhclient has ended
client_dhcp6() {
  local name=$1 dir=$STATE/clients/$1 seconds=20 ns deadline mode=(-N -P -1) log
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --release) mode=(-N -P -r) ;;
      --wait)
        seconds=${2:?--wait: how many seconds?}
        shift
        ;;
      *) break ;;
    esac
    shift
  done
  ns=$(client_ns "$name")
  # A link-local address that may be another's cannot be sent from.
  deadline=$(($(now_ms) + 5000))
  while ip -n "$ns" -6 addr show dev eth0 scope link | grep -q tentative && [ "$(now_ms)" -lt "$deadline" ]; do sleep 0.1; done
  log=$dir/dhcp6.log
  timeout "$seconds" nsenter --net="/run/netns/$ns" -- dhclient -6 -d "${mode[@]}" -sf "$CLUSTER_HOME/files/dhclient6-hook" \
    -lf "$dir/dhcp6.leases" -pf "$dir/dhcp6.pid" -cf /dev/null "$@" eth0 >"$log" 2>&1 &
  local dhclient=$!
  # With -d it stays, and leaves only with an answer to a release.
  deadline=$(($(now_ms) + seconds * 1000))
  while kill -0 "$dhclient" 2>/dev/null && [ "$(now_ms)" -lt "$deadline" ]; do
    [ "$(grep -c '^LEASE' "$log")" -lt 2 ] || break
    sleep 0.1
  done
  kill "$dhclient" 2>/dev/null || true
  wait "$dhclient" 2>/dev/null || true
  grep -E '^(LEASE|EVENT)' "$log" || {
    tail -n 5 "$log" >&2
    echo "client $name: no answer within $seconds s" >&2
    return 1
  }
}

# next_event NAME SEEN SECONDS PATTERN : prints the first matching line of the log after the SEEN ones
next_event() {
  local log=$STATE/clients/$1/dhcp.log deadline=$(($(now_ms) + $3 * 1000)) line
  while :; do
    line=$(tail -n "+$(($2 + 1))" "$log" | grep -m1 -E "$4" || true)
    if [ -n "$line" ]; then
      echo "$line"
      return
    fi
    [ "$(now_ms)" -lt "$deadline" ] || break
    sleep 0.1
  done
  tail -n 5 "$log" >&2
  echo "client $1: no answer within $3 s" >&2
  return 1
}

# perfdhcp needs an IPv4 address on its interface; a client without one gets an address above the pools that tests use.
client_perfdhcp() {
  local name=$1 ns root
  shift
  ns=$(client_ns "$name")
  provide kea-rootfs
  root=$(tool_dir kea-rootfs)
  if [ -z "$(ip -n "$ns" -4 -o addr show dev eth0)" ]; then
    ip -n "$ns" addr add "$LAN_NET.$((240 + 16#$(printf %s "$name" | sha256sum | cut -c1-4) % 14))/24" dev eth0
  fi
  exec nsenter --net="/run/netns/$ns" -- unshare --mount --propagation private "$CLUSTER_HOME/files/in-rootfs" "$root" -- /usr/sbin/perfdhcp "$@"
}

# client_probe NAME [PROBE-OPTION...] : as this process, so that a signal reaches it
client_probe() {
  local name=$1
  shift
  provide dhcp-probe
  exec nsenter --net="/run/netns/$(client_ns "$name")" -- "$(tool_dir dhcp-probe)/dhcp-probe" "$@"
}

# cmd_rootfs [--bind SOURCE:TARGET]... CMD... : CMD of the kea-server image's files, in the caller's network
cmd_rootfs() {
  [ $# -gt 0 ] || die "usage: cluster rootfs [--bind SOURCE:TARGET]... CMD..."
  local root
  need_machine
  provide kea-rootfs
  root=$(tool_dir kea-rootfs)
  exec unshare --mount --propagation private "$CLUSTER_HOME/files/in-rootfs" "$root" "$@"
}
