# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # project: of steps.sh
# Sourced by packaging/build-deb and packaging/build-rpm: the sources of a package.

project_version() { sed -n 's/^project(ollama-gpu VERSION \([0-9.]*\).*/\1/p' "$project/CMakeLists.txt"; }

# source_tree DIR  The sources of the commit that is checked out, or of these files where they come from an archive.
source_tree() {
  mkdir -p "$1"
  if [[ -e $project/.git ]]; then
    git -C "$project" archive HEAD | tar -x -C "$1"
    [[ -z $(git -C "$project" status --porcelain) ]] ||
      say "note: what is not committed is not in the package"
  else
    tar -c -C "$project" --exclude=./build . | tar -x -C "$1"
  fi
}

# hold_version FILE VERSION  The package must say the version that the program says.
hold_version() {
  [[ $2 == "$(project_version)" ]] && return 0
  say "$1 says version $2, CMakeLists.txt $(project_version)"
  return 1
}
