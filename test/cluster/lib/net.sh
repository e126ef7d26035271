#!/usr/bin/env bash
# Networks. Two bridges: `mgmt`, in the control plane's namespace, carries the cluster and the servers' talk among
# themselves; `lan`, in a namespace of its own, is where the DHCP clients are. Every node has a leg on each.
#
#   root namespace ── mgmt ── control plane        node N: mgmt0 MGMT_NET, 10+N    lan0 198.51.100.(1+N), 2001:db8:1::(1+N)
#                       ├ node1 ┐                  client:                         eth0, no address until DHCP gives one
#                       └ node2 ┴─ lan ── clients

# choose_mgmt_net : one that no interface or route of the root namespace uses; the directory's name decides where the search begins,
# so that a cluster mostly has the same addresses again.
choose_mgmt_net() {
  local start used i net
  start=$((16#${PREFIX#kea-} % 200))
  used=" $(ip -o addr; ip route; ip -6 route)"
  for i in $(seq 0 199); do
    net=10.99.$((20 + (start + i) % 200))
    if [[ $used != *[[:space:]]"$(address_in "$net" '')"* ]]; then
      echo "$net"
      return
    fi
  done
  die "every network $(cidr_of 10.99.20) to $(cidr_of 10.99.219) is in use on this machine"
}

# Choosing and taking it is one step for all clusters of this machine.
make_base_net() {
  MGMT_NET=$(choose_mgmt_net)
  export MGMT_NET
  make_ns "$CP_NS"
  make_ns "$LAN_NS"
  make_bridge "$CP_NS" mgmt
  make_bridge "$LAN_NS" lan
  have_address "$(cp_ip)/$(net_length)" mgmt -n "$CP_NS"
  ip link add "$HOST_LINK" type veth peer name p-host netns "$CP_NS"
  ip -n "$CP_NS" link set p-host master mgmt up
  have_address "$(host_ip)/$(net_length)" "$HOST_LINK"
  ip link set "$HOST_LINK" up
}

# have_address ADDRESS/LENGTH LINK [-n NS] : of IPv6 without looking whether another has it, which takes a second
have_address() {
  local address=$1 link=$2 nodad=()
  shift 2
  [[ $address != *:* ]] || nodad=(nodad)
  ip "$@" addr replace "$address" dev "$link" "${nodad[@]}"
}

make_ns() {
  ip netns add "$1"
  ip -n "$1" link set lo up
}

make_bridge() {
  ip -n "$1" link add "$2" type bridge
  ip -n "$1" link set "$2" up
}

# plug BRIDGE-NS BRIDGE PORT NS LINK [MAC] : a cable from NS to the bridge
plug() {
  ip -n "$1" link add "$3" type veth peer name "$5" ${6:+address "$6"} netns "$4"
  ip -n "$1" link set "$3" master "$2" up
  # Raw-socket DHCP clients and servers look at UDP checksums, which a veth otherwise leaves out.
  in_ns "$4" ethtool -K "$5" tx off >/dev/null 2>&1 || true
  ip -n "$4" link set "$5" up
}

make_node_net() {
  local node=$1 ns=$PREFIX-$1
  make_ns "$ns"
  plug "$CP_NS" mgmt "p-$node" "$ns" mgmt0
  plug "$LAN_NS" lan "p-$node" "$ns" lan0
  in_ns "$ns" sysctl -qw "$(by_family net.ipv4.ip_forward net.ipv6.conf.all.forwarding)=1"
  # The apiserver calls webhooks and aggregated APIs at their pods' addresses.
  ip -n "$CP_NS" route add "$(cidr_of "$(node_pod_net "$node")")" via "$(node_ip "$node")"
  address_node "$node"
}

# address_node NODE : addresses and routes as they ought to be; right whatever is there already
address_node() {
  local node=$1 ns=$PREFIX-$1 other
  ip -n "$ns" link set mgmt0 up
  ip -n "$ns" link set lan0 up
  have_address "$(node_ip "$node")/$(net_length)" mgmt0 -n "$ns"
  have_address "$(node_lan_ip "$node")/24" lan0 -n "$ns"
  have_address "2001:db8:1::$((1 + $(node_index "$node")))/64" lan0 -n "$ns"
  # kubelet and kube-proxy insist on a default route; nothing beyond it answers.
  ip -n "$ns" "-$IP_FAMILY" route replace default via "$(cp_ip)"
  for other in $(node_names); do
    [ "$other" = "$node" ] || ip -n "$ns" route replace "$(cidr_of "$(node_pod_net "$other")")" via "$(node_ip "$other")"
  done
}

# set_port NODE mgmt0|lan0 up|down : the bridge's end of the cable. The node keeps its addresses and sees the carrier go, as
# with a pulled plug.
set_port() {
  case $2 in
    mgmt0) ip -n "$CP_NS" link set "p-$1" "$3" ;;
    lan0) ip -n "$LAN_NS" link set "p-$1" "$3" ;;
    *) die "no link '$2'; a node has mgmt0 (cluster and partner servers) and lan0 (DHCP clients)" ;;
  esac
}

cmd_cut() {
  [ $# = 2 ] || die "usage: cluster cut NODE mgmt0|lan0"
  load_settings
  need_node "$1"
  set_port "$1" "$2" down
}

cmd_heal() {
  [ $# = 2 ] || die "usage: cluster heal NODE mgmt0|lan0"
  load_settings
  need_node "$1"
  set_port "$1" "$2" up
  address_node "$1"
}
