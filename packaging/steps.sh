# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by packaging/try and tests/run: quiet steps, packages, builds.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export project
logs=$project/build/logs

# What it takes to build, on Debian 12 and later.
build_packages=(g++ cmake ninja-build pkg-config git ca-certificates
  libcli11-dev libevent-dev libexpected-dev libfmt-dev libsystemd-dev
  libtomlplusplus-dev nlohmann-json3-dev)
# What it takes to boot a throwaway systemd and look at it, and the entry before several servers.
sandbox_packages=(systemd dbus util-linux iproute2 procps curl passwd haproxy)

say() { printf '%s\n' "$*" >&2; }

# step NAME COMMAND...  One line a step; the log only when it fails.
step() {
  local step_name=$1 log start=$SECONDS
  shift
  mkdir -p "$logs"
  log=$logs/${step_name//[^a-zA-Z0-9]/-}.log
  printf '%-46s' "$step_name" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf 'ok  %4d s\n' $((SECONDS - start)) >&2
    return 0
  fi
  printf 'FAILED  %4d s\n' $((SECONDS - start)) >&2
  tail -n "${STEP_TAIL:-60}" "$log" >&2
  say "the whole log: $log"
  return 1
}

# missing_packages NAME...  prints those that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

apt_install() {
  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# need_packages NAME...  Installs what is missing; without root it says what to install.
need_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian system: install what CMakeLists.txt looks for yourself"
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) && return 0
  if ((EUID != 0)); then
    say "missing packages; as root: apt-get install ${missing[*]}"
    return 1
  fi
  step "installing ${#missing[@]} packages" apt_install "${missing[@]}"
}

# cmake_build PRESET [TARGET...]
cmake_build() {
  local preset=$1
  shift
  cd "$project" && cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}
}
