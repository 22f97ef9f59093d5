# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # project: of steps.sh
# Sourced by packaging/build-deb, packaging/build-rpm and packaging/release: the sources of a package.

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

# source_archive DIR  Packs source_tree's DIR as DIR.tar.gz: the same bytes for the same sources, whoever packs them.
source_archive() {
  tar -c -C "${1%/*}" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$(source_date)" \
    --format=ustar "${1##*/}" | gzip -9n > "$1.tar.gz"
}

# source_date  Seconds since 1970: the commit's, or where the files come from an archive the archive's.
source_date() {
  if [[ -e $project/.git ]]; then
    git -C "$project" log -1 --format=%ct
  else
    stat -c %Y "$project/CMakeLists.txt"
  fi
}

# hold_version FILE VERSION  The package must say the version that the program says.
hold_version() {
  [[ $2 == "$(project_version)" ]] && return 0
  say "$1 says version $2, CMakeLists.txt $(project_version)"
  return 1
}
