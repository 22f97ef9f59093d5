// SPDX-License-Identifier: MIT
//
// Holds core's rules against the systemd that runs as PID 1: writes random unit trees, reloads, and
// compares what D-Bus shows of each unit with what core computes from the files. Only for a
// throwaway system: it writes into the unit directories and removes them again.
//
//   systemd-oracle [--count N] [--seed FIRST] [--batch N] [--differences N] [--show]

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "live_units.hpp"
#include "ollama_gpu/core/unit_snapshot.hpp"
#include "ollama_gpu/system/posix_file_system.hpp"
#include "unit_trees.hpp"

namespace ollama_gpu {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::uint64_t count = 2000;
  std::uint64_t seed = 1;
  std::uint64_t batch = 300;
  bool show = false;
  std::uint64_t differences_shown = 10;
};

struct Totals {
  std::uint64_t trees = 0;
  std::uint64_t units = 0;
  std::uint64_t different = 0;
  std::map<std::string, std::uint64_t> states;
};

void write(const TreeEntry& entry, std::set<std::string>& made) {
  const fs::path path(entry.path);
  fs::create_directories(path.parent_path());
  const std::string parent = path.parent_path().string();
  if (parent.size() > 2 && parent.compare(parent.size() - 2, 2, ".d") == 0) made.insert(parent);
  made.insert(entry.path);
  if (entry.kind == TreeEntry::Kind::directory) {
    fs::create_directories(path);
  } else if (entry.kind == TreeEntry::Kind::link) {
    fs::create_symlink(entry.content, path);
  } else {
    std::ofstream(path, std::ios::binary) << entry.content;
  }
}

std::string first_line(const char* path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// A field of /etc/os-release, without quotes.
std::string os_release(const std::string& field) {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, field.size() + 1, field + "=") != 0) continue;
    line.erase(0, field.size() + 1);
    line.erase(std::remove(line.begin(), line.end(), '"'), line.end());
    return line;
  }
  return {};
}

// A variable of PID 1, which %s and %h look at first; Debian builds systemd with bash for %s.
std::string manager_variable(const std::string& name, const std::string& otherwise) {
  std::ifstream file("/proc/1/environ", std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) {
    if (entry.compare(0, name.size() + 1, name + "=") == 0) return entry.substr(name.size() + 1);
  }
  return otherwise;
}

// What PID 1 puts for the specifiers that do not follow from the unit's name.
SpecifierTable host_specifiers() {
  std::string boot_id = first_line("/proc/sys/kernel/random/boot_id");
  boot_id.erase(std::remove(boot_id.begin(), boot_id.end(), '-'), boot_id.end());
  const std::string host = first_line("/proc/sys/kernel/hostname");
  return {{'t', "/run"},
          {'h', manager_variable("HOME", "/root")},
          {'u', "root"},
          {'U', "0"},
          {'g', "root"},
          {'G', "0"},
          {'s', manager_variable("SHELL", "/bin/bash")},
          {'H', host},
          {'l', host.substr(0, host.find('.'))},
          {'b', boot_id},
          {'m', first_line("/etc/machine-id")},
          {'v', first_line("/proc/sys/kernel/osrelease")},
          {'S', "/var/lib"},
          {'C', "/var/cache"},
          {'L', "/var/log"},
          {'E', "/etc"},
          {'T', "/tmp"},
          {'V', "/var/tmp"},
          {'A', os_release("IMAGE_VERSION")},
          {'B', os_release("BUILD_ID")},
          {'M', os_release("IMAGE_ID")},
          {'o', os_release("ID")},
          {'w', os_release("VERSION_ID")},
          {'W', os_release("VARIANT_ID")}};
}

std::string show(const Strings& list) {
  std::string text;
  for (const std::string& entry : list) text += " " + c_literal(entry);
  return text;
}

Strings texts(const std::vector<NamedSource>& list) {
  Strings result;
  for (const NamedSource& entry : list) result.push_back(entry.text);
  return result;
}

std::string load_state(const UnitSnapshot& unit) {
  if (unit.on_disk.load_state == LoadState::masked) return "masked";
  if (unit.on_disk.load_state == LoadState::not_found) return "not-found";
  return unit.on_disk.load_state == LoadState::error ? "error" : "loaded";
}

UnitFacts computed(const FileReader& files, const SearchPath& path, const SpecifierTable& host,
                   const std::string& name) {
  const Result<UnitName> parsed = UnitName::parse(name);
  if (!parsed) throw std::runtime_error(name + ": " + parsed.error().message);
  const Result<UnitSnapshot> unit = take_snapshot(files, {path, host, 252, {}}, *parsed);
  if (!unit) throw std::runtime_error(name + ": " + unit.error().message);
  UnitFacts facts;
  facts.id = unit->on_disk.id;
  facts.names = unit->on_disk.names;
  std::sort(facts.names.begin(), facts.names.end());
  facts.load_state = load_state(*unit);
  facts.fragment = unit->on_disk.fragment;
  facts.drop_ins = unit->on_disk.drop_ins;
  facts.environment = environment_strings(unit->environment);
  for (const EnvironmentFileReference& file : unit->environment.environment_files) {
    facts.environment_files.push_back((file.optional ? "-" : "") + file.path);
  }
  facts.pass_environment = texts(unit->environment.pass_environment);
  facts.unset_environment = texts(unit->environment.unset_environment);
  return facts;
}

std::string difference(const char* what, const Strings& live, const Strings& ours) {
  if (live == ours) return {};
  return std::string("    ") + what + "\n      systemd:" + show(live) +
         "\n      core:   " + show(ours) + "\n";
}

std::string differences(const UnitFacts& live, const UnitFacts& ours, bool is_alias) {
  std::string text = difference("LoadState", {live.load_state}, {ours.load_state});
  text += difference("FragmentPath", {live.fragment}, {ours.fragment});
  text += difference("DropInPaths", live.drop_ins, ours.drop_ins);
  text += difference("Id", {live.id}, {ours.id});
  text += difference("Names", live.names, ours.names);
  // Asked for by an alias, systemd may have read the fragment before it knew the unit's own name,
  // and expanded %n and its like with the alias.
  if (is_alias) return text;
  text += difference("Environment", live.environment, ours.environment);
  text += difference("EnvironmentFiles", live.environment_files, ours.environment_files);
  text += difference("PassEnvironment", live.pass_environment, ours.pass_environment);
  text += difference("UnsetEnvironment", live.unset_environment, ours.unset_environment);
  return text;
}

class Oracle {
 public:
  explicit Oracle(const Options& options) : options_(options), host_(host_specifiers()) {}

  void run_batch(std::uint64_t first, std::uint64_t count) {
    std::vector<UnitTree> trees;
    std::set<std::string> made;
    const std::vector<TreeEntry> shared = make_type_drop_ins(first);
    for (const TreeEntry& entry : shared) write(entry, made);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
      trees.push_back(make_unit_tree(seed));
      for (const TreeEntry& entry : trees.back().entries) write(entry, made);
    }
    live_.reload();
    for (const UnitTree& tree : trees) compare(tree, shared);
    for (const std::string& path : made) fs::remove_all(path);
    fs::remove_all("/opt/trees");
    std::fflush(stdout);
  }

  const Totals& totals() const { return totals_; }
  std::string version() { return live_.version(); }

 private:
  void compare(const UnitTree& tree, const std::vector<TreeEntry>& shared) {
    if (options_.show) std::fputs(print(tree).c_str(), stdout);
    std::string text;
    for (const std::string& unit : tree.units) {
      const UnitFacts ours = computed(files_, path_, host_, unit);
      const UnitFacts live = live_.facts(unit);
      ++totals_.units;
      ++totals_.states[live.load_state];
      const std::string found = differences(live, ours, ours.id != unit || unit != tree.units[0]);
      if (!found.empty()) text += "  unit " + unit + "\n" + found;
    }
    ++totals_.trees;
    if (text.empty()) return;
    if (++totals_.different > options_.differences_shown) return;
    std::printf("DIFFERENT: %s%s", print(tree).c_str(), text.c_str());
    for (const TreeEntry& entry : shared) {
      std::printf("  beside: %s: %s\n", entry.path.c_str(), c_literal(entry.content).c_str());
    }
  }

  Options options_;
  SpecifierTable host_;
  LiveUnits live_;
  PosixFileSystem files_;
  SearchPath path_ = live_.search_path();
  Totals totals_;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto number = [&] {
      if (i + 1 == argc) throw std::runtime_error(name + " needs a number");
      return static_cast<std::uint64_t>(std::strtoull(argv[++i], nullptr, 10));
    };
    if (name == "--count") {
      options.count = number();
    } else if (name == "--seed") {
      options.seed = number();
    } else if (name == "--batch") {
      options.batch = std::max<std::uint64_t>(number(), 1);
    } else if (name == "--differences") {
      options.differences_shown = number();
    } else if (name == "--show") {
      options.show = true;
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  return options;
}

int run(const Options& options) {
  if (geteuid() != 0 || !fs::exists("/run/systemd/container")) {
    throw std::runtime_error("run this as root in a throwaway container");
  }
  Oracle oracle(options);
  for (std::uint64_t done = 0; done < options.count; done += options.batch) {
    oracle.run_batch(options.seed + done, std::min(options.batch, options.count - done));
  }
  const Totals& totals = oracle.totals();
  std::printf("systemd %s: %llu trees, %llu units, %llu trees different\n",
              oracle.version().c_str(), static_cast<unsigned long long>(totals.trees),
              static_cast<unsigned long long>(totals.units),
              static_cast<unsigned long long>(totals.different));
  for (const auto& [state, count] : totals.states) {
    std::printf("  %s: %llu\n", state.c_str(), static_cast<unsigned long long>(count));
  }
  return totals.different == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ollama_gpu

int main(int argc, char** argv) {
  try {
    return ollama_gpu::run(ollama_gpu::parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "systemd-oracle: %s\n", error.what());
    return 2;
  }
}
