// SPDX-License-Identifier: MIT
//
// Holds core's rules against the systemd that runs as PID 1: writes random unit trees, reloads, and
// compares what D-Bus shows of each unit with what core computes from the files. Only for a
// throwaway system: it writes into the unit directories and removes them again.
//
//   systemd-oracle [--count N] [--seed FIRST] [--batch N] [--differences N] [--tries N] [--show]
//
// A tree that differs is made smaller as long as it still does, and printed as a test would have
// it.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core_units.hpp"
#include "live_units.hpp"
#include "shrink.hpp"
#include "tree_files.hpp"
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
  std::uint64_t tries = 300;  // of smaller trees, for each that differs
};

struct Totals {
  std::uint64_t trees = 0;
  std::uint64_t units = 0;
  std::uint64_t processes = 0;
  std::uint64_t different = 0;
  std::map<std::string, std::uint64_t> states;
};

std::string show(const Strings& list) {
  std::string text;
  for (const std::string& entry : list) text += " " + c_literal(entry);
  return text;
}

std::string difference(const char* what, const Strings& live, const Strings& ours) {
  if (live == ours) return {};
  return std::string("    ") + what + "\n      systemd:" + show(live) +
         "\n      core:   " + show(ours) + "\n";
}

std::string differences(const UnitFacts& live, const UnitFacts& ours) {
  std::string text = difference("LoadState", {live.load_state}, {ours.load_state});
  text += difference("FragmentPath", {live.fragment}, {ours.fragment});
  text += difference("DropInPaths", live.drop_ins, ours.drop_ins);
  text += difference("Id", {live.id}, {ours.id});
  text += difference("Names", live.names, ours.names);
  text += difference("Environment", live.environment, ours.environment);
  text += difference("EnvironmentFiles", live.environment_files, ours.environment_files);
  text += difference("PassEnvironment", live.pass_environment, ours.pass_environment);
  text += difference("UnsetEnvironment", live.unset_environment, ours.unset_environment);
  return text;
}

std::string show(const std::optional<Variables>& process) {
  if (!process) return " (it does not run)";
  Strings list;
  for (const auto& [name, value] : *process) list.push_back(name + "=" + value);
  return show(list);
}

// What the unit's process left of its environment; takes the file away.
std::optional<Variables> take_process(std::uint64_t seed) {
  const std::string path = process_dump(seed);
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  Variables variables;
  for (std::string entry; std::getline(file, entry, '\0');) {
    const std::size_t equals = entry.find('=');
    variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  fs::remove(path);
  return without_systemds_own(std::move(variables));
}

class Oracle {
 public:
  explicit Oracle(const Options& options) : options_(options) {
    fs::create_directories("/run/oracle");
  }

  void run_batch(std::uint64_t first, std::uint64_t count) {
    shared_ = make_type_drop_ins(first);
    std::vector<UnitTree> trees;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
      trees.push_back(make_unit_tree(seed));
    }
    std::vector<const UnitTree*> different;
    {
      TreeFiles files;
      const std::vector<std::string> found = load_and_compare(files, trees, true);
      for (std::size_t i = 0; i < trees.size(); ++i) {
        if (options_.show) std::fputs(print(trees[i]).c_str(), stdout);
        if (!found[i].empty()) different.push_back(&trees[i]);
      }
    }
    live_.reset_failed();
    totals_.trees += trees.size();
    totals_.different += different.size();
    for (const UnitTree* tree : different) report(*tree);
    std::fflush(stdout);
  }

  const Totals& totals() const { return totals_; }
  std::string version() { return live_.version(); }

 private:
  // Writes the trees, makes systemd read them, and starts what can be started. Only then: a unit
  // that is loaded cannot be merged with an alias of it.
  std::vector<std::string> load_and_compare(TreeFiles& files, const std::vector<UnitTree>& trees,
                                            bool count) {
    files.write(shared_);
    for (const UnitTree& tree : trees) files.write(tree.entries);
    live_.reload();
    std::vector<std::string> found;
    Strings units;
    for (const UnitTree& tree : trees) {
      found.push_back(compare_units(tree, count));
      if (tree.starts) units.push_back(tree.units[0]);
    }
    live_.start(units);
    for (std::size_t i = 0; i < trees.size(); ++i) {
      if (trees[i].starts) found[i] += compare_process(trees[i], count);
    }
    return found;
  }

  std::string compare_units(const UnitTree& tree, bool count) {
    std::string text;
    for (const std::string& unit : tree.units) {
      const UnitFacts ours = core_.facts(unit);
      const UnitFacts live = live_.facts(unit);
      if (count) ++totals_.units;
      if (count) ++totals_.states[live.load_state];
      const std::string found = differences(live, ours);
      if (!found.empty()) text += "  unit " + unit + "\n" + found;
    }
    return text;
  }

  std::string compare_process(const UnitTree& tree, bool count) {
    const std::optional<Variables> live = take_process(tree.seed);
    const std::optional<Variables> ours = core_.process(tree.units[0]);
    if (count && live) ++totals_.processes;
    if (live == ours) return {};
    return "    process\n      systemd:" + show(live) + "\n      core:   " + show(ours) + "\n";
  }

  std::string compare_alone(const UnitTree& tree) {
    TreeFiles files;
    return load_and_compare(files, {tree}, false).front();
  }

  // What differs, without the values: a smaller tree must not differ in something else.
  static std::string kinds(const std::string& differences) {
    std::string result;
    std::istringstream lines(differences);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("    ") && line[4] != ' ') result += line + '\n';
    }
    return result;
  }

  // Prints the smallest tree that still differs, with all that is around it.
  void report(const UnitTree& tree) {
    if (++reported_ > options_.differences_shown) return;
    const std::vector<TreeEntry> shared = shared_;
    const std::string wanted = kinds(compare_alone(tree));
    if (wanted.empty()) {
      std::printf("DIFFERENT, but not alone: %s", print(tree).c_str());
      return;
    }
    const auto differs = [&](const UnitTree& candidate) {
      try {
        return kinds(compare_alone(candidate)) == wanted;
      } catch (const std::runtime_error&) {
        return false;  // systemd does not take such a unit at all
      }
    };
    shared_.clear();
    if (!differs(tree)) shared_ = shared;
    const UnitTree smallest = shrink(tree, differs, options_.tries);
    std::printf("DIFFERENT: seed %llu\n%s%s", static_cast<unsigned long long>(tree.seed),
                as_test(smallest).c_str(), compare_alone(smallest).c_str());
    for (const TreeEntry& entry : shared_) {
      std::printf("  beside: %s: %s\n", entry.path.c_str(), c_literal(entry.content).c_str());
    }
    live_.reset_failed();
  }

  Options options_;
  LiveUnits live_;
  CoreUnits core_{live_};
  std::vector<TreeEntry> shared_;  // service.d, for all trees of a batch
  Totals totals_;
  std::uint64_t reported_ = 0;
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
    } else if (name == "--tries") {
      options.tries = number();
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
  std::printf("systemd %s: %llu trees, %llu units, %llu processes, %llu trees different\n",
              oracle.version().c_str(), static_cast<unsigned long long>(totals.trees),
              static_cast<unsigned long long>(totals.units),
              static_cast<unsigned long long>(totals.processes),
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
