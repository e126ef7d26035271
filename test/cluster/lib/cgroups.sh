#!/usr/bin/env bash
# A node's cgroup is a directory of its own, in every hierarchy (version 1 and hybrid) or in the one (version 2).

cgroup_version() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] && echo 2 || echo 1; }

# cgroup_roots : the mount points of the hierarchies, one a line
cgroup_roots() { awk '($3 == "cgroup" || $3 == "cgroup2") && $2 ~ "^/sys/fs/cgroup" { print $2 }' /proc/mounts; }

# node_cgroups : those of this cluster, whichever run made them
node_cgroups() {
  local root
  for root in $(cgroup_roots); do find "$root" -maxdepth 1 -type d -name "$PREFIX-*"; done
}

make_cgroups() {
  local root group
  for root in $(cgroup_roots); do
    group=$root/$PREFIX-$1
    if [ "$(cgroup_version)" = 2 ]; then
      enable_controllers "$root"
    fi
    mkdir "$group"
    # Version 1 leaves a new cpuset empty, and no process can enter it.
    if [ -e "$group/cpuset.cpus" ] && [ -e "$group/cgroup.clone_children" ]; then
      cat "$root/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$root/cpuset.mems" >"$group/cpuset.mems"
      echo 1 >"$group/cgroup.clone_children"
    fi
  done
}

enable_controllers() {
  local controller
  # shellcheck disable=SC2013 # words, not lines
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || true
  done
}

join_cgroups() {
  local root
  for root in $(cgroup_roots); do echo 0 >"$root/$PREFIX-$1/cgroup.procs"; done
}

# remove_cgroups NODE : stale container cgroups make the next kubelet spend seconds on each before it registers its node
remove_cgroups() {
  local root group
  for root in $(cgroup_roots); do
    group=$root/$PREFIX-$1
    for _ in $(seq 100); do
      [ -d "$group" ] || break
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
    [ ! -d "$group" ] || die "cannot remove the cgroup $group: its processes do not end"
  done
}

# cgroup_pids : processes in this cluster's cgroups
cgroup_pids() {
  local group
  for group in $(node_cgroups); do find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null; done | sort -un
}
