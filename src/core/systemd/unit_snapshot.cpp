// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

#include <algorithm>

#include "core/systemd/fatal_setting.hpp"
#include "core/systemd/glob.hpp"
#include "core/systemd/login_environment.hpp"
#include "core/systemd/service_check.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

// Drop-ins of a masked unit are passed over: seen on 257, not on 252 (src/core/unit.c,
// unit_load_fragment_and_dropin).
constexpr unsigned kVersionOfMasksAlone = 257;

// What cannot be read counts as empty for systemd (it logs and goes on); but where only we may not
// read it, the answer would be wrong, or has a gap that is named.
Result<std::string> read_or_empty(const FileReader& files, const std::string& path,
                                  const SnapshotInput& input, UnitSnapshot& snapshot) {
  auto bytes = files.read(path);
  if (bytes) return bytes;
  if (bytes.error().code == Errc::permission) {
    if (!input.pass_over_closed) return bytes;
    snapshot.closed.push_back(bytes.error());
  }
  return std::string();
}

// A fragment that breaks off: systemd gives the unit up before it looks for other names and
// drop-ins (src/core/load-fragment.c, unit_load_fragment), but keeps what it read until there.
void give_up(UnitSnapshot& snapshot, const UnitName& name, LoadState state) {
  snapshot.on_disk.load_state = state;
  snapshot.on_disk.id = name.id();
  snapshot.on_disk.names = {name.id()};
  snapshot.on_disk.drop_ins.clear();
}

// Reads the fragment and the drop-ins of one unit.
class UnitReader {
 public:
  UnitReader(const FileReader& files, const SnapshotInput& input)
      : files_(files), input_(input), version_(input.systemd_version) {}

  Result<void> run(const UnitName& name, UnitSnapshot& snapshot) const {
    if (!snapshot.on_disk.fragment.empty()) {
      if (auto done = read_fragment(name, snapshot); !done) return done;
    }
    for (const std::string& path : snapshot.on_disk.drop_ins) {
      auto bytes = read_or_empty(files_, path, input_, snapshot);
      if (!bytes) return Failure(bytes.error());
      snapshot.files.push_back(parse(path, std::move(*bytes), snapshot.specifiers.in_drop_ins));
    }
    return {};
  }

 private:
  UnitFile parse(const std::string& path, std::string bytes,
                 const SpecifierTable& specifiers) const {
    UnitFile file = parse_unit_file(path, std::move(bytes), version_);
    end_at_fatal_setting(file, specifiers, version_);
    return file;
  }

  Result<void> read_fragment(const UnitName& name, UnitSnapshot& snapshot) const {
    const std::string& path = snapshot.on_disk.fragment;
    auto bytes = files_.read(path);
    if (!bytes && bytes.error().code == Errc::permission) return Failure(bytes.error());
    UnitFile fragment =
        parse(path, bytes ? std::move(*bytes) : std::string(), snapshot.specifiers.in_fragment);
    LoadState state = LoadState::error;
    if (fragment.aborted) {
      const ParseProblem& problem = fragment.problems.back();
      snapshot.fragment_broken_at = locate(fragment, problem.position);
      if (problem.kind == ParseProblem::Kind::bad_setting) state = LoadState::bad_setting;
    } else if (!bytes) {
      snapshot.fragment_broken_at = Location{path, 0, 0, ""};  // a directory, for example
    }
    if (snapshot.fragment_broken_at) give_up(snapshot, name, state);
    snapshot.files.push_back(std::move(fragment));
    return {};
  }

  const FileReader& files_;
  const SnapshotInput& input_;
  unsigned version_;
};

// Those of a unit that systemd reads under this name; %y and %Y: where the fragment really lies.
SpecifierTable specifiers_for(const UnitName& name, const std::string& real_fragment,
                              const SnapshotInput& input) {
  SpecifierTable specifiers = specifiers_of(name);
  specifiers.insert(input.host_specifiers.begin(), input.host_specifiers.end());
  if (const auto run = specifiers.find('t'); run != specifiers.end()) {
    specifiers['d'] = run->second + "/credentials/" + name.id();
  }
  if (real_fragment.empty()) {
    specifiers['y'] = specifiers['Y'] = kFailingSpecifier;
  } else {
    specifiers['y'] = real_fragment;
    specifiers['Y'] = real_fragment.substr(0, std::max<std::size_t>(real_fragment.rfind('/'), 1));
  }
  return specifiers;
}

UnitSpecifiers specifiers_for(const FileReader& files, const UnitName& name,
                              const UnitOnDisk& on_disk, const SnapshotInput& input) {
  const auto real =
      on_disk.fragment.empty() ? std::string() : files.resolve(on_disk.fragment).value_or("");
  const auto own = UnitName::parse(on_disk.id);
  return {on_disk.fragment, specifiers_for(name, real, input),
          specifiers_for(own ? *own : name, real, input)};
}

bool has_glob(std::string_view path) {
  return path.find_first_of("*?[\\") != std::string_view::npos;
}

Result<void> read_environment_files(const FileReader& files, const SnapshotInput& input,
                                    UnitSnapshot& snapshot) {
  for (const EnvironmentFileReference& reference : snapshot.environment.environment_files) {
    std::vector<std::string> paths{reference.path};
    if (has_glob(reference.path)) paths = expand_glob(files, reference.path);
    for (const std::string& path : paths) {
      auto bytes = read_or_empty(files, path, input, snapshot);
      if (!bytes) return Failure(bytes.error());
      snapshot.environment_files.push_back(
          parse_environment_file(path, *bytes, input.systemd_version));
    }
  }
  return {};
}

// Services with "ollama" in their name: a snap's, Homebrew's, one written by hand.
std::vector<std::string> similar_units(const FileReader& files, const SearchPath& search_path) {
  std::vector<std::string> names;
  for (const std::string& directory : search_path) {
    const auto entries = files.list(directory);
    if (!entries) continue;
    for (const DirectoryEntry& entry : *entries) {
      const bool service = entry.name.ends_with(".service") && entry.type != FileType::directory;
      // Not ollama-gpu's own, which applies its settings at boot.
      if (!service || entry.name == "ollama-gpu.service" || contains(names, entry.name)) continue;
      if (contains_ignoring_case(entry.name, "ollama")) names.push_back(entry.name);
    }
  }
  std::ranges::sort(names);
  return names;
}

// What comes from the manager: what it gives to every service, then what it sets for the service's
// user, then what PassEnvironment= takes from its own environment (src/core/exec-invoke.c).
std::vector<Assignment> with_passed(const SnapshotInput& input,
                                    const std::vector<NamedSource>& names,
                                    const std::vector<Assignment>& login) {
  std::vector<Assignment> result = input.manager_environment;
  result.insert(result.end(), login.begin(), login.end());
  for (const NamedSource& name : names) {
    for (const Assignment& own : input.manager_process_environment) {
      if (own.name == name.text) result.push_back({own.name, own.value, name.source});
    }
  }
  return result;
}

}  // namespace

const UnitFile* UnitSnapshot::file(const std::string& path) const {
  const auto found = std::ranges::find(files, path, &UnitFile::path);
  return found == files.end() ? nullptr : &*found;
}

Result<UnitSnapshot> take_snapshot(const FileReader& files, const SnapshotInput& input,
                                   const UnitName& name) {
  auto on_disk = find_unit(files, input.search_path, name, input.systemd_version);
  if (!on_disk) return Failure(on_disk.error());
  UnitSnapshot snapshot;
  snapshot.systemd_version = input.systemd_version;
  snapshot.on_disk = std::move(*on_disk);
  const bool masked = snapshot.on_disk.load_state == LoadState::masked;
  if (masked && input.systemd_version >= kVersionOfMasksAlone) snapshot.on_disk.drop_ins.clear();
  snapshot.specifiers = specifiers_for(files, name, snapshot.on_disk, input);
  const UnitReader reader(files, input);
  if (auto done = reader.run(name, snapshot); !done) return Failure(done.error());

  snapshot.environment =
      merge_environment(snapshot.files, snapshot.specifiers, input.systemd_version);
  if (auto done = read_environment_files(files, input, snapshot); !done) {
    return Failure(done.error());
  }
  snapshot.effective =
      effective_environment(snapshot.environment, snapshot.environment_files,
                            with_passed(input, snapshot.environment.pass_environment,
                                        login_environment(files, snapshot, input.systemd_version)));
  if (snapshot.on_disk.load_state == LoadState::not_found) {
    snapshot.similar = similar_units(files, input.search_path);
  }
  if (snapshot.on_disk.load_state != LoadState::loaded) return snapshot;
  snapshot.service_fault = find_service_fault(snapshot, input.systemd_version);
  if (snapshot.service_fault) snapshot.on_disk.load_state = LoadState::bad_setting;
  return snapshot;
}

std::vector<std::string> environment_strings(const UnitEnvironment& environment) {
  std::vector<std::string> strings;
  strings.reserve(environment.environment.size());
  for (const Assignment& assignment : environment.environment) {
    strings.push_back(assignment.name + "=" + assignment.value);
  }
  return strings;
}

std::string_view line_of(const UnitSnapshot& snapshot, const std::string& path, std::size_t line) {
  if (const UnitFile* file = snapshot.file(path)) return line_at(*file, line);
  for (const EnvironmentFile& file : snapshot.environment_files) {
    if (file.path == path) return file.lines.line(file.bytes, line);
  }
  return {};
}

Location locate(const UnitSnapshot& snapshot, const Source& source) {
  return {source.file, source.line, source.column,
          std::string(line_of(snapshot, source.file, source.line))};
}

}  // namespace ollama_gpu
