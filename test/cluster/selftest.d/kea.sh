#!/usr/bin/env bash
# A Kea pair and its clients; cables and power.

leases_from() { says "^LEASE (bound|renew) ip=198\.51\.100\.1[0-9]{2} mask=24 router=198\.51\.100\.1 server=$1 lease=[0-9]+ dns=192\.0\.2\.53,192\.0\.2\.54" cluster client "${@:2}"; }

test_pair() {
  local net
  net=$(kubectl get node node1 -o 'jsonpath={.status.addresses[0].address}')
  "$HERE/selftest.d/pair" "${net%.*}" >"$WORK/pair.yaml"
  check "the pair's objects are accepted" kubectl apply -f "$WORK/pair.yaml"
  check "both servers become ready by kea-probe, not being root" kubectl -n dhcp wait --for=condition=Ready pod/kea1-0 pod/kea2-0 --timeout=60s
  check "the pair is in hot-standby" within 30 pair_is hot-standby
  check "their DHCP sockets are open" says '"sockets": \{ "status": "ready"' kubectl -n dhcp exec kea1-0 -c kea -- sh -c 'echo "{\"command\":\"status-get\"}" | socat -,ignoreeof UNIX-CONNECT:/run/kea/kea4.sock'
  # shellcheck disable=SC2016 # expanded in the node
  check "they have the two capabilities and no more" says 'CapEff:	0000000000002400' cluster exec node1 sh -c 'cat /proc/$(pgrep -x kea-dhcp4)/status'
  check "a client gets a lease from the primary" leases_from 198.51.100.2 laptop dhcp
  check "its address is the lease's" says 'inet 198\.51\.100\.1' cluster client laptop ip -4 addr show eth0
  check "a client's hardware address follows from its name" says "$(cluster client laptop mac)" cluster client laptop ip link show eth0
  check "a daemon gets a lease" leases_from 198.51.100.2 phone dhcp --daemon
  check "renews when told" leases_from 198.51.100.2 phone dhcp --renew
  check "keeps a log" says 'LEASE renew' cluster client phone dhcp --log
  check "releases when told" says 'EVENT deconfig' cluster client phone dhcp --release
  check "and ends" cluster client phone dhcp --stop
  check "perfdhcp makes load" says 'received packets: [1-9]' cluster client bench perfdhcp -4 -l eth0 -r 50 -R 20 -p 2 -W 500000 198.51.100.2
  check "a probe asks all the time, for known clients and for new ones" test_probe
  check "kea-probe tells why a server is not ready" test_not_ready
}

test_probe() {
  timeout 3 "$HERE/cluster" client seeker probe --known 2 --new 1 >"$WORK/probe"
  jq -es 'length >= 9 and all(.[]; .acked != null and .server == "198.51.100.2")' "$WORK/probe" &&
    jq -es '(map(select(.kind == "known") | .acked) | unique | length) == 2' "$WORK/probe" &&
    jq -es '(map(select(.kind == "new") | .acked) | unique | length) >= 4' "$WORK/probe"
}

# A server that starts while its link is down says that it has started, and serves nobody.
test_not_ready() {
  local seen
  cluster exec node1 ip link set lan0 down
  kubectl -n dhcp delete pod kea1-0 --wait=true
  within 40 says 'not ready: no link at lan0' kubectl -n dhcp get events --field-selector involvedObject.name=kea1-0
  seen=$?
  cluster heal node1 lan0
  kubectl -n dhcp delete pod kea1-0 --wait=true
  within 60 pair_is hot-standby && [ $seen = 0 ]
}

test_links() {
  check "cut lan0: the client does not reach the node" bash -c "'$HERE/cluster' cut node1 lan0 && ! '$HERE/cluster' client laptop busybox ping -c 1 -W 1 198.51.100.2"
  check "status shows it" says 'node1 .*\(up/cut\)' cluster status
  check "heal lan0: it does" bash -c "'$HERE/cluster' heal node1 lan0 && '$HERE/cluster' client laptop busybox ping -c 1 -W 3 198.51.100.2"
  check "and the server serves again" leases_from 198.51.100.2 laptop dhcp
  check "an unknown link is refused" refuses "no link 'eth9'" cluster cut node1 eth9
  check "cut mgmt0: the node becomes NotReady" bash -c "'$HERE/cluster' cut node1 mgmt0"
  check "within half a minute" within 30 node_is node1 Unknown
  check "heal mgmt0" cluster heal node1 mgmt0
  check "the node is Ready again" within 30 node_is node1 True
  check "the pair is in hot-standby again" within 60 pair_is hot-standby
}

test_power() {
  check "a client's daemon has a lease of the primary" leases_from 198.51.100.2 desk dhcp --daemon
  check "power-off" cluster power-off node1
  check "an image loaded meanwhile" cluster load "$(cluster images pause)"
  check "nothing runs in the node" refuses "powered off" cluster exec node1 true
  check "the partner takes over" within 30 ha_state kea2-0 partner-down
  check "the client renews from the partner" leases_from 198.51.100.3 desk dhcp --renew --wait 30
  check "a new client gets a lease from the partner" leases_from 198.51.100.3 tablet dhcp
  check "the node is NotReady" within 30 node_is node1 Unknown
  check "power-on: the node is Ready" cluster power-on node1
  check "the pair heals" within 60 pair_is hot-standby
  check "and the primary serves" leases_from 198.51.100.2 tablet dhcp
}
