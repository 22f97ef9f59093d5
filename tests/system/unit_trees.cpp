// SPDX-License-Identifier: MIT
#include "unit_trees.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ollama_gpu {
namespace {

using namespace std::string_view_literals;

// Where units are put. Generators' directories are left out: a reload empties them.
constexpr std::array kDirectories = {
    "/etc/systemd/system.control"sv,  "/run/systemd/system.control"sv,
    "/run/systemd/transient"sv,       "/etc/systemd/system"sv,
    "/etc/systemd/system.attached"sv, "/run/systemd/system"sv,
    "/run/systemd/system.attached"sv, "/usr/local/lib/systemd/system"sv,
    "/usr/lib/systemd/system"sv};
constexpr std::array kFileNames = {
    "10-a.conf"sv, "50.conf"sv, "90-z.conf"sv,          "override.conf"sv, "zz.conf"sv, "B.conf"sv,
    "_.conf"sv,    "a.conf"sv,  "zz-ollama-gpu.conf"sv, "\xC3\xA9.conf"sv, "a b.conf"sv};
constexpr std::array kIgnoredNames = {".conf"sv,   ".#x.conf"sv,   "x.CONF"sv,
                                      "x.conf~"sv, "x.conf.bak"sv, "x.conf.dpkg-new"sv,
                                      "x.txt"sv,   "conf"sv,       ".hidden.conf"sv};

using Kind = TreeEntry::Kind;

class TreeMaker {
 public:
  explicit TreeMaker(std::uint64_t seed) : dice_(seed), tree_{seed, {}, {}} {
    char text[32];
    std::snprintf(text, sizeof text, "t%llx", static_cast<unsigned long long>(seed));
    base_ = text;
  }

  UnitTree make() {
    choose_name();
    add_environment_files();
    add_fragments();
    add_aliases();
    add_drop_ins();
    if (stem_.back() == '-') spare_systemd();
    return std::move(tree_);
  }

 private:
  // %J of a name whose prefix ends in a dash runs into an assertion of systemd 252: PID 1 freezes.
  void spare_systemd() {
    for (TreeEntry& entry : tree_.entries) {
      for (std::size_t at = 0; (at = entry.content.find("%J", at)) != std::string::npos; ++at) {
        entry.content[at + 1] = 'j';
      }
    }
  }

  void choose_name() {
    constexpr std::array kStems = {""sv,    ""sv,    "-a"sv,   "-a-b"sv, "-a-b-c"sv,
                                   "-a-"sv, "--a"sv, "-a--"sv, ".x-y"sv, "-a\\x2db"sv};
    constexpr std::array kInstances = {"0"sv,       "gpu0"sv,   "a-b"sv, "x@y"sv,
                                       "a\\x2db"sv, "bad\\q"sv, "-"sv};
    stem_ = base_ + std::string(dice_.pick(kStems));
    if (dice_.one_in(3)) instance_ = dice_.pick(kInstances);
    name_ = instance_.empty() ? stem_ + ".service" : stem_ + "@" + instance_ + ".service";
    template_ = instance_.empty() ? "" : stem_ + "@.service";
    tree_.units.push_back(name_);
  }

  std::string directory() { return std::string(dice_.pick(kDirectories)); }

  void add(Kind kind, const std::string& path, const std::string& content = {}) {
    const bool taken =
        std::any_of(tree_.entries.begin(), tree_.entries.end(), [&](const TreeEntry& entry) {
          return entry.path == path || entry.path.compare(0, path.size() + 1, path + "/") == 0;
        });
    if (!taken) tree_.entries.push_back({kind, path, content});
  }

  std::string outside() { return "/opt/trees/" + base_ + "/" + std::to_string(++outside_); }

  // One tree in five can be started.
  void add_environment_files() {
    if (!dice_.one_in(5)) return;
    tree_.starts = true;
    for (std::size_t n = dice_.below(4); n > 0; --n) {
      const std::string path = "/opt/trees/" + base_ + "/" + std::to_string(n) + ".env";
      add(Kind::file, path, make_environment_file(dice_));
      environment_files_.push_back(path);
    }
  }

  std::string text(bool is_fragment) {
    const std::string command =
        tree_.starts ? "/bin/cp /proc/self/environ " + process_dump(tree_.seed) : "/bin/true";
    return make_unit_text(dice_, {is_fragment, command, tree_.starts, environment_files_});
  }

  void add_fragments() {
    if (dice_.one_in(30)) return;  // drop-ins of a unit that does not exist
    for (std::size_t n = 1 + (dice_.one_in(4) ? 1 : 0); n > 0; --n) {
      const bool of_template = !template_.empty() && !dice_.one_in(3);
      add_fragment(directory() + "/" + (of_template ? template_ : name_));
    }
  }

  void add_fragment(const std::string& path) {
    const std::size_t kind = dice_.below(30);
    if (kind == 0) {
      add(Kind::link, path, "/dev/null");
    } else if (kind == 1) {
      add(Kind::file, path, "");
    } else if (kind == 2) {
      add(Kind::link, path, "/opt/trees/gone");
    } else if (kind == 3) {
      add(Kind::directory, path);
    } else if (kind == 4) {
      // To its own name in another directory of the search path.
      add(Kind::link, path, directory() + path.substr(path.rfind('/')));
    } else if (kind == 5) {
      const std::string target = outside() + ".service";
      add(Kind::file, target, text(true));
      add(Kind::link, path, target);
    } else {
      add(Kind::file, path, text(true));
    }
  }

  void add_aliases() {
    constexpr std::array kMarks = {"-al"sv, "-al-x"sv, ".al"sv};
    if (!dice_.one_in(3)) return;
    for (std::size_t n = 1 + dice_.below(2); n > 0; --n) {
      const std::string stem = base_ + std::string(dice_.pick(kMarks)) + std::to_string(n);
      if (instance_.empty()) {
        add_alias(stem + ".service", name_);
      } else if (dice_.one_in(2)) {
        add_alias(stem + "@.service", template_);
        asked_.push_back(stem + "@" + instance_ + ".service");
      } else {
        add_alias(stem + "@" + instance_ + ".service", dice_.one_in(2) ? template_ : name_);
      }
    }
    tree_.units.insert(tree_.units.end(), asked_.begin(), asked_.end());
  }

  void add_alias(const std::string& alias, const std::string& target) {
    const std::string prefix = dice_.one_in(2) ? "" : directory() + "/";
    const std::size_t odd = dice_.below(16);
    std::string text = prefix + target;
    if (odd == 0) text = prefix + base_ + "-gone.service";
    if (odd == 1) text = prefix + base_ + ".socket";
    if (odd == 2 && !aliases_.empty()) text = prefix + aliases_.front();
    if (odd == 3) text = "../system/" + target;
    if (odd == 4) text = "/lib/systemd/system/" + target;
    add(Kind::link, directory() + "/" + alias, text);
    aliases_.push_back(alias);
    if (alias.find("@.") == std::string::npos) asked_.push_back(alias);
  }

  // Every directory name that could apply, and some that look as if they did.
  std::vector<std::string> drop_in_names() const {
    std::vector<std::string> names = {name_,
                                      name_,
                                      name_,
                                      base_ + "-.service",
                                      base_ + "-a-.service",
                                      base_ + "-a-b-.service",
                                      base_ + ".service"};
    // Which of several aliases' directories comes first is undefined in systemd (a hash set).
    if (aliases_.size() > 1) names.assign({name_});
    if (!template_.empty()) {
      names.push_back(template_);
      names.push_back(template_);
    }
    if (!template_.empty() && aliases_.size() <= 1) {
      names.push_back(base_ + "-@.service");
      names.push_back(base_ + "-@" + instance_ + ".service");
      names.push_back(base_ + "-a-@" + instance_ + ".service");
      names.push_back(base_ + "-a-@.service");
    }
    if (aliases_.size() == 1) names.push_back(aliases_.front());
    return names;
  }

  void add_drop_ins() {
    const std::vector<std::string> names = drop_in_names();
    for (std::size_t n = dice_.below(6); n > 0; --n) {
      const std::string path = directory() + "/" + dice_.pick(names) + ".d";
      const std::size_t kind = dice_.below(40);
      if (kind == 0) {
        add(Kind::file, path, "x");
      } else if (kind == 1) {
        add(Kind::link, path, "/opt/trees/gone");
      } else if (kind == 2) {
        add(Kind::link, path, path);  // a loop
      } else if (kind < 6) {
        const std::string target = outside();
        fill(target);
        add(Kind::link, path, target);
      } else if (kind == 6) {
        add(Kind::directory, path);
      } else {
        fill(path);
      }
    }
  }

  void fill(const std::string& directory) {
    const bool real = std::none_of(
        tree_.entries.begin(), tree_.entries.end(),
        [&](const TreeEntry& e) { return e.path == directory && e.kind != Kind::directory; });
    for (std::size_t n = 1 + dice_.below(3); real && n > 0; --n) {
      if (dice_.one_in(12)) {
        add(Kind::file, directory + "/" + std::string(dice_.pick(kIgnoredNames)), "[Service]\n");
      } else {
        add_drop_in(directory + "/" + std::string(dice_.pick(kFileNames)));
      }
    }
  }

  void add_drop_in(const std::string& path) {
    const std::size_t kind = dice_.below(40);
    if (kind == 0) {
      add(Kind::link, path, "/dev/null");
    } else if (kind == 1) {
      add(Kind::file, path, "");
    } else if (kind == 2) {
      add(Kind::link, path, "/opt/trees/gone");
    } else if (kind == 3) {
      add(Kind::directory, path);
    } else if (kind == 5) {
      add(Kind::link, path, dice_.one_in(2) ? path : "no/such/../file");  // a loop, nowhere
    } else if (kind == 4) {
      const std::string target = outside() + ".conf";
      add(Kind::file, target, text(false));
      add(Kind::link, path, target);
    } else {
      add(Kind::file, path, text(false));
    }
  }

  Dice dice_;
  UnitTree tree_;
  std::string base_;
  std::string stem_;
  std::string instance_;
  std::string name_;
  std::string template_;
  std::vector<std::string> aliases_;  // their files' names
  std::vector<std::string> asked_;    // the units that they make
  std::vector<std::string> environment_files_;
  int outside_ = 0;
};

}  // namespace

std::string process_dump(std::uint64_t seed) {
  return "/run/oracle/" + std::to_string(seed) + ".environ";
}

UnitTree make_unit_tree(std::uint64_t seed) { return TreeMaker(seed).make(); }

std::vector<TreeEntry> make_type_drop_ins(std::uint64_t seed) {
  Dice dice(~seed);
  std::vector<TreeEntry> entries;
  for (std::size_t n = dice.below(4); n > 0; --n) {
    const std::string path =
        std::string(dice.pick(kDirectories)) + "/service.d/" + std::string(dice.pick(kFileNames));
    // Something harmless: these apply to the system's own services as well.
    entries.push_back(
        {Kind::file, path, "[Service]\nEnvironment=TYPE=" + std::to_string(n) + " A=t\n"});
  }
  return entries;
}

}  // namespace ollama_gpu
