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
  [ $# -ge 2 ] || die "usage: cluster client NAME CMD... | NAME dhcp [...] | NAME dhcp6 [...] | NAME dhcpcd [...] | NAME relay6 ... | NAME behind RELAY | NAME perfdhcp [...] | NAME probe [...] | NAME mac"
  local name=$1 what=$2
  shift 2
  load_settings
  need_machine
  need_client "$name"
  case $what in
    dhcp) client_dhcp "$name" "$@" ;;
    dhcp6) client_dhcp6 "$name" "$@" ;;
    dhcpcd) client_dhcpcd "$name" "$@" ;;
    relay6) client_relay6 "$name" "$@" ;;
    behind) client_behind "$name" "$@" ;;
    perfdhcp) client_perfdhcp "$name" "$@" ;;
    probe) client_probe "$name" "$@" ;;
    mac) client_mac "$name" ;;
    *) exec nsenter --net="/run/netns/$(client_ns "$name")" -- "$what" "$@" ;;
  esac
}

# client_dhcp NAME [--daemon|--renew|--release|--stop|--log|--wait SECONDS] [UDHCPC-OPTION...]
client_dhcp() {
  local name=$1 dir=$STATE/clients/$1 mode=once seconds=20 words=0
  shift
  read_mode "$@"
  shift "$words"
  local udhcpc=(nsenter --net="/run/netns/$(client_ns "$name")" -- busybox udhcpc -f -i eth0 -s "$CLUSTER_HOME/files/udhcpc-hook")
  case $mode in
    once) exec "${udhcpc[@]}" -q -n -t 4 -T 1 "$@" ;;
    daemon)
      if recorded_pid "dhcp-$name" >/dev/null; then die "client $name: its DHCP daemon runs already; --stop ends it"; fi
      : >"$dir/dhcp.log"
      in_background "dhcp-$name" "$dir/dhcp.log" "${udhcpc[@]}" -t 4 -T 1 -A 1 "$@"
      next_event "$name" dhcp 0 "$seconds" '^LEASE '
      ;;
    renew) signal_daemon "$name" dhcp USR1 "$seconds" '^LEASE ' ;;
    release) signal_daemon "$name" dhcp USR2 "$seconds" '^EVENT deconfig' ;;
    stop) stop_daemon "$name" dhcp ;;
    log) cat "$dir/dhcp.log" ;;
  esac
}

# read_mode [--daemon|--renew|--release|--stop|--log|--wait SECONDS]... : into the caller's mode and seconds; words: how many they were
read_mode() {
  while [ $# -gt 0 ]; do
    case $1 in
      --daemon | --renew | --release | --stop | --log) mode=${1#--} ;;
      --wait)
        seconds=${2:?--wait: how many seconds?}
        words=$((words + 1))
        shift
        ;;
      *) break ;;
    esac
    words=$((words + 1))
    shift
  done
}

# daemon_pid NAME dhcp|dhcpcd
daemon_pid() { recorded_pid "$2-$1" || die "client $1 has no DHCP daemon: 'cluster client $1 $2 --daemon' starts it"; }

# signal_daemon NAME dhcp|dhcpcd SIGNAL SECONDS PATTERN : prints the line of the answer
signal_daemon() {
  local name=$1 program=$2 signal=$3 seconds=$4 pattern=$5 pid seen
  pid=$(daemon_pid "$name" "$program")
  seen=$(wc -l <"$STATE/clients/$name/$program.log")
  kill -s "$signal" "$pid"
  next_event "$name" "$program" "$seen" "$seconds" "$pattern"
}

stop_daemon() {
  kill "$(daemon_pid "$1" "$2")"
  rm -f "$STATE/pid/$2-$1"
}

# wait_link_local NS : an address that may be another's cannot be sent from
wait_link_local() {
  local deadline=$(($(now_ms) + 5000))
  while ip -n "$1" -6 addr show dev eth0 scope link | grep -q tentative && [ "$(now_ms)" -lt "$deadline" ]; do sleep 0.1; done
}

# client_dhcp6 NAME [--release|--wait SECONDS] [DHCLIENT-OPTION...] : an address and a prefix, once; afterwards dhclient has ended
client_dhcp6() {
  local name=$1 dir=$STATE/clients/$1 seconds=20 ns deadline ask=(-N -P -1) log
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --release) ask=(-N -P -r) ;;
      --wait)
        seconds=${2:?--wait: how many seconds?}
        shift
        ;;
      *) break ;;
    esac
    shift
  done
  ns=$(client_ns "$name")
  wait_link_local "$ns"
  log=$dir/dhcp6.log
  # What runs beside this makes it a moment later, and it is looked at meanwhile.
  : >"$log"
  timeout "$seconds" nsenter --net="/run/netns/$ns" -- dhclient -6 -d -D LL "${ask[@]}" -sf "$CLUSTER_HOME/files/dhclient6-hook" \
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

# client_dhcpcd NAME [--daemon|--renew|--release|--stop|--log|--wait SECONDS] [LINE-OF-CONFIGURATION...]
client_dhcpcd() {
  local name=$1 dir=$STATE/clients/$1 mode=daemon seconds=20 words=0 home
  shift
  read_mode "$@"
  shift "$words"
  case $mode in
    daemon)
      if recorded_pid "dhcpcd-$name" >/dev/null; then die "client $name: its DHCP daemon runs already; --stop ends it"; fi
      home=$dir/dhcpcd
      mkdir -p "$home"
      # Nobody here advertises routers, so that nothing is to be waited for. A prefix is taken, and given to no interface.
      printf '%s\n' 'debug' 'duid ll' 'ipv6only' 'noipv6rs' 'nohook resolv.conf' 'option dhcp6_name_servers' 'script /hook' 'interface eth0' 'ia_na 1' 'ia_pd 2 -' "$@" >"$home/dhcpcd.conf"
      wait_link_local "$(client_ns "$name")"
      : >"$dir/dhcpcd.log"
      in_dhcp6_rootfs "$name" dhcpcd --bind "$home:/var/lib/dhcpcd" --bind "$CLUSTER_HOME/files/dhcpcd-hook:/hook" -- \
        /usr/sbin/dhcpcd -6 -B -f /var/lib/dhcpcd/dhcpcd.conf eth0
      next_event "$name" dhcpcd 0 "$seconds" '^LEASE '
      ;;
    renew) signal_daemon "$name" dhcpcd USR1 "$seconds" '^LEASE ' ;;
    release) signal_daemon "$name" dhcpcd ALRM "$seconds" '^EVENT RELEASE6' ;;
    stop) stop_daemon "$name" dhcpcd ;;
    log) cat "$dir/dhcpcd.log" ;;
  esac
}

# in_dhcp6_rootfs NAME PROGRAM [--bind SOURCE:TARGET]... -- CMD... : in the background, in the client's network
in_dhcp6_rootfs() {
  local name=$1 program=$2 root
  shift 2
  provide dhcp6-rootfs
  root=$(tool_dir dhcp6-rootfs)
  in_background "$program-$name" "$STATE/clients/$name/$program.log" nsenter --net="/run/netns/$(client_ns "$name")" -- \
    unshare --mount --propagation private "$CLUSTER_HOME/files/in-rootfs" "$root" "$@"
}

# client_relay6 NAME ADDRESS/LENGTH LINK-ADDRESS/LENGTH SERVER... : from now on a relay agent with a link of its own
client_relay6() {
  [ $# -ge 4 ] || die "usage: cluster client NAME relay6 ADDRESS/LENGTH LINK-ADDRESS/LENGTH SERVER..."
  local name=$1 own=$2 link=$3 ns server upper=()
  shift 3
  if recorded_pid "relay6-$name" >/dev/null; then die "client $name: it is a relay agent already"; fi
  ns=$(client_ns "$name")
  wait_link_local "$ns"
  ip -n "$ns" -6 addr replace "$own" dev eth0 nodad
  ip -n "$ns" link show relayed >/dev/null 2>&1 || make_bridge "$ns" relayed
  ip -n "$ns" -6 addr replace "$link" dev relayed nodad
  for server in "$@"; do upper+=(-u "$server%eth0"); done
  in_dhcp6_rootfs "$name" relay6 -- /usr/sbin/dhcrelay -6 -d --no-pid -l "${link%/*}%relayed" "${upper[@]}"
}

# client_behind NAME RELAY : off the LAN, and onto the relay agent's link
client_behind() {
  [ $# = 2 ] || die "usage: cluster client NAME behind RELAY"
  local ns relay
  ns=$(client_ns "$1") relay=$(client_ns "$2")
  ip -n "$relay" link show relayed >/dev/null 2>&1 || die "client $2 is no relay agent: 'cluster client $2 relay6' makes it one"
  ip -n "$ns" link del eth0
  plug "$relay" relayed "c-$(printf %s "$1" | sha256sum | cut -c1-8)" "$ns" eth0 "$(client_mac "$1")"
}

# next_event NAME dhcp|dhcpcd SEEN SECONDS PATTERN : prints the first matching line of the log after the SEEN ones
next_event() {
  local log=$STATE/clients/$1/$2.log deadline=$(($(now_ms) + $4 * 1000)) line
  while :; do
    line=$(tail -n "+$(($3 + 1))" "$log" | grep -m1 -E "$5" || true)
    if [ -n "$line" ]; then
      echo "$line"
      return
    fi
    [ "$(now_ms)" -lt "$deadline" ] || break
    sleep 0.1
  done
  tail -n 5 "$log" >&2
  echo "client $1: no answer within $4 s" >&2
  return 1
}

# perfdhcp needs an IPv4 address on its interface; a client without one gets an address above the pools that tests use.
client_perfdhcp() {
  local name=$1 ns root
  shift
  ns=$(client_ns "$name")
  provide kea-rootfs
  root=$(tool_dir kea-rootfs)
  wait_link_local "$ns"
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
