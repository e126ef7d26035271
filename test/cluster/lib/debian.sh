#!/usr/bin/env bash
# What comes from Debian: packages for this machine, single packages of another suite, whole root filesystems.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_install PACKAGE... : the missing ones, for this machine
apt_install() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  has apt-get || die "these Debian packages are needed and there is no apt-get here: ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "installing ${missing[*]} needs root"
  say "installing Debian packages: ${missing[*]}"
  apt_refresh
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# Lists of the last day will do.
apt_refresh() {
  [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 -print -quit 2>/dev/null)" ] || return 0
  apt-get -qq -o DPkg::Lock::Timeout=600 update
}

# The archive this machine already uses, whatever it is called; DEBIAN_MIRROR names another.
debian_mirror() {
  [ -z "${DEBIAN_MIRROR:-}" ] || { echo "$DEBIAN_MIRROR" && return; }
  has apt-get || die "Kea, PostgreSQL and the base images are built from Debian packages and there is no apt-get here"
  # shellcheck disable=SC2016 # the format is apt's
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian|Debian|//p' | sort -u | head -1
}

# debian_sources SUITE : one line of an apt sources list
debian_sources() {
  local mirror
  [ -e $KEYRING ] || die "$KEYRING is missing: install the package debian-archive-keyring"
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die "no Debian archive among this machine's apt sources: set DEBIAN_MIRROR to the URL of one"
  echo "deb [signed-by=$KEYRING] $mirror $1 main"
}

# debian_download SUITE DIR PACKAGE... : fetches packages of another suite and unpacks them under DIR, with lists of the last hour
debian_download() { with_lock "apt-$1" debian_download_locked "$@"; }

debian_download_locked() {
  local suite=$1 dir=$2 home=$CACHE/apt/$1 deb
  shift 2
  mkdir -p "$home"/{lists/partial,cache/archives/partial,state,none,debs}
  : >"$home/status"
  debian_sources "$suite" >"$home/sources.list"
  cat >"$home/apt.conf" <<EOT
Dir::Etc::SourceList "$home/sources.list";
Dir::Etc::SourceParts "$home/none";
Dir::Etc::Preferences "$home/none/preferences";
Dir::Etc::PreferencesParts "$home/none";
Dir::State "$home/state";
Dir::State::Lists "$home/lists";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Sandbox::User "root";
EOT
  rm -f "$home"/debs/*
  (
    cd "$home/debs"
    export APT_CONFIG=$home/apt.conf
    if [ -z "$(find "$home/fresh" -mmin -60 2>/dev/null)" ]; then apt-get -qq update && touch "$home/fresh"; fi
    apt-get -qq download "$@"
  ) || die "Debian $suite did not give: $*"
  for deb in "$home"/debs/*.deb; do dpkg-deb -x "$deb" "$dir"; done
  rm -f "$home"/debs/*
}

# debian_rootfs SUITE DIR PACKAGES-FILE : the packages and what they depend on, unpacked; no maintainer script is run
debian_rootfs() {
  local suite=$1 dir=$2 sources
  apt_install mmdebstrap
  sources=$(debian_sources "$suite")
  # The archive's Release file may have expired where a mirror lags; the signature is checked all the same.
  mmdebstrap --quiet --variant=extract --include="$(sed '/^#/d' "$3" | paste -sd,)" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
    "$suite" "$dir" "$sources" 2>"$dir.log" || {
    tail -5 "$dir.log" >&2
    die "mmdebstrap of Debian $suite failed"
  }
  # resolv.conf and hostname are this machine's, which mmdebstrap copied.
  rm -rf "$dir.log" "${dir:?}"/dev/* "$dir"/var/run "$dir"/etc/{resolv.conf,hostname} "$dir"/var/cache/apt/* "$dir"/var/lib/apt/lists/*
  mkdir -p "$dir"/{tmp,proc,sys,dev,run}
  ln -s /run "$dir/var/run"
  chmod 1777 "$dir/tmp"
}
