#!/usr/bin/env bash
# Life and death of a cluster.

test_up() {
  check "status and exec say that there is no cluster" refuses "no cluster in" cluster status
  check "up starts two nodes" cluster up --nodes 2
  check "a second up is refused" refuses "is up already" cluster up
  check "kubeconfig is a file that works" env KUBECONFIG="$(cluster kubeconfig)" "$(cluster bin kubectl)" get --raw /readyz
  check "both nodes are Ready" says '^node2 +Ready' kubectl get nodes --no-headers
  check "kubectl and apiserver have the same version" says "Server Version: v1.36" kubectl version
  check "helm talks to it" says '^NAME' cluster helm list
  check "exec runs in the node" says '^node2$' cluster exec node2 hostname
  check "exec passes the exit code on" bash -c "'$HERE/cluster' exec node1 sh -c 'exit 7'; [ \$? = 7 ]"
  check "an unknown node is refused" refuses "no node 'node9'" cluster exec node9 true
  check "a node's /var/lib is its own" bash -c "'$HERE/cluster' exec node1 touch /var/lib/kea-selftest-file && ! '$HERE/cluster' exec node2 ls /var/lib/kea-selftest-file && ! ls /var/lib/kea-selftest-file"
}

test_side_by_side() {
  local first
  first=$(cluster kubectl config view -o 'jsonpath={.clusters[0].cluster.server}')
  check "a second cluster starts beside the first" second up --nodes 1
  check "it has another network" says "^https://10\.99\." bash -c "KEA_CLUSTER_DIR='$WORK/second' '$HERE/cluster' kubectl config view -o 'jsonpath={.clusters[0].cluster.server}' | grep -vxF '$first'"
  check "both answer" bash -c "'$HERE/cluster' kubectl get node node2 && KEA_CLUSTER_DIR='$WORK/second' '$HERE/cluster' kubectl get node node1"
  check "a client of one does not see the servers of the other" refuses "" second client laptop busybox ping -c 1 -W 1 198.51.100.3
  check "down of the second" second down
  check "leaves nothing of the second" no_traces "$(prefix_of "$WORK/second")" "$WORK/second"
  check "and the first as it was" kubectl get --raw /readyz
}

test_ipv6() {
  check "a cluster of IPv6 alone starts beside it" second up --nodes 1 --ipv6
  check "its node is known by IPv6" says '^fd00:10:99:' second kubectl get node node1 -o 'jsonpath={.status.addresses[0].address}'
  check "so is the apiserver" says '^fd00:10:96::1$' second kubectl get service kubernetes -o 'jsonpath={.spec.clusterIP}'
  check "the node has IPv4 on the LAN alone" says '^lo lan0 $' second exec node1 sh -c 'ip -4 -o addr | cut -d" " -f2 | tr "\n" " "'
  check "down of it" second down
  check "leaves nothing of it" no_traces "$(prefix_of "$WORK/second")" "$WORK/second"
}

test_control_plane() {
  check "etcd is saved" cluster etcd save before
  check "something is made afterwards" kubectl create configmap later
  check "stop: the apiserver and etcd end" cluster stop apiserver etcd
  check "nobody answers" refuses "refused|reset|timeout|unable to connect" kubectl get --raw /readyz --request-timeout=2s
  check "start: they answer" cluster start apiserver etcd
  check "with what they had" kubectl get configmap later
  check "etcd is restored" cluster etcd restore before
  check "and knows nothing of it" refuses "NotFound" kubectl get configmap later
  check "an unknown program is refused" refuses "no program 'kubelet'" cluster stop kubelet
}

test_down() {
  check "down" cluster down
  check "leaves nothing" no_traces "$(prefix_of "$WORK/first")" "$WORK/first"
  check "a second down finds nothing to do" says "there is no cluster" cluster down
}

# Killed at three moments: the control plane starts, images are loaded, nodes register.
test_killed() {
  local seconds pid
  for seconds in 2 5 9; do
    "$HERE/cluster" up >"$WORK/killed" 2>&1 &
    pid=$!
    sleep "$seconds"
    check "another up or down meanwhile is refused ($seconds s into up)" refuses "is at work on" cluster down
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
  done
  check "up after a killed up cleans up and works" says "cleaned up what an earlier run left" cluster up --nodes 1
  check "its node is Ready" node_is node1 True
  rm -rf "${KEA_CLUSTER_DIR:?}/settings" "$KEA_CLUSTER_DIR/pid"
  check "down needs no records" cluster down
  check "and leaves nothing" no_traces "$(prefix_of "$WORK/first")" "$WORK/first"
  check "up after down, and down again" bash -c "'$HERE/cluster' up --nodes 1 && '$HERE/cluster' down"
}
