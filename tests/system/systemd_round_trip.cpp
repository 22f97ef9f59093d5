// SPDX-License-Identifier: MIT
//
// Writes random values through our drop-in and reads them back from the systemd that runs as PID 1:
// over D-Bus, from the environment of a process that it starts, and with core's own reader. Only
// for a throwaway system.
//
//   systemd-round-trip [--count N] [--seed FIRST]
//   systemd-round-trip --dump FILE       writes its own environment there (ExecStart= of the units)

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "live_units.hpp"
#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "random_values.hpp"

namespace ollama_gpu {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kValuesPerUnit = 250;
constexpr std::uint64_t kUnitsPerReload = 20;
constexpr const char* kUnits = "/run/systemd/system";
constexpr const char* kDumps = "/run/round-trip";

struct Totals {
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bus = 0;
  std::uint64_t process = 0;
  std::uint64_t reader = 0;
};

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

int dump(const char* path) {
  const std::string temporary = std::string(path) + ".part";
  std::ofstream file(temporary, std::ios::binary);
  for (char** entry = environ; *entry != nullptr; ++entry) file << *entry << '\0';
  file.close();
  return file && std::rename(temporary.c_str(), path) == 0 ? 0 : 1;
}

Strings read_dump(const std::string& path) {
  Strings entries;
  std::ifstream file(path, std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) entries.push_back(entry);
  return entries;
}

void run_systemctl(Strings words) {
  words.insert(words.begin(), "systemctl");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, "systemctl", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("systemctl " + words[1] + " failed");
  }
}

std::map<std::string, std::string> as_map(const Strings& entries) {
  std::map<std::string, std::string> map;
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.find('=');
    map[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return map;
}

// Values of `wanted` that `seen` has byte for byte; the first that differs is printed.
std::uint64_t count_same(const DropIn& wanted, const std::map<std::string, std::string>& seen,
                         const char* where) {
  std::uint64_t same = 0;
  for (const DropInVariable& variable : wanted.variables) {
    const auto found = seen.find(variable.name);
    if (found != seen.end() && found->second == variable.value) {
      ++same;
    } else {
      std::printf("different %s: %s\n", where,
                  quote_assignment(variable.name, variable.value).substr(0, 400).c_str());
    }
  }
  return same;
}

class RoundTrip {
 public:
  explicit RoundTrip(std::uint64_t seed) : random_(seed) {}

  void run(std::uint64_t count) {
    for (std::uint64_t left = count; left > 0;) {
      std::map<std::string, DropIn> units;
      for (std::uint64_t i = 0; i < kUnitsPerReload && left > 0; ++i) {
        const std::uint64_t here = std::min(left, kValuesPerUnit);
        units["round-trip-" + std::to_string(i) + ".service"] = make_drop_in(here);
        left -= here;
      }
      run_batch(units);
    }
  }

  int report() const {
    std::printf(
        "%llu values (%llu bytes): %llu came back on the bus, %llu in the process, %llu "
        "from core's reader\n",
        number(totals_.values), number(totals_.bytes), number(totals_.bus), number(totals_.process),
        number(totals_.reader));
    const bool all = totals_.bus == totals_.values && totals_.process == totals_.values &&
                     totals_.reader == totals_.values && totals_.values > 0;
    return all ? 0 : 1;
  }

 private:
  static unsigned long long number(std::uint64_t value) { return value; }

  DropIn make_drop_in(std::uint64_t count) {
    DropIn drop_in;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = "V" + std::to_string(i);
      std::string value = random_value(random_);
      if (auto carried = check_carriable(name, value); !carried) {
        throw std::runtime_error("refused: " + carried.error().message);
      }
      ++totals_.values;
      totals_.bytes += value.size();
      drop_in.variables.push_back({name, std::move(value)});
    }
    return drop_in;
  }

  void run_batch(const std::map<std::string, DropIn>& units) {
    Strings names{"start"};
    for (const auto& [unit, drop_in] : units) {
      names.push_back(unit);
      write_unit(unit, drop_in);
    }
    live_.reload();
    run_systemctl(names);
    for (const auto& [unit, drop_in] : units) compare(unit, drop_in);
    fs::remove_all(kDumps);
  }

  void write_unit(const std::string& unit, const DropIn& drop_in) {
    const fs::path file = fs::path(kUnits) / unit;
    const std::string program = fs::read_symlink("/proc/self/exe").string();
    write_file(file, "[Service]\nType=oneshot\nExecStart=" + program + " --dump " + kDumps + "/" +
                         unit + "\n");
    write_file(fs::path(file.string() + ".d") / std::string(kDropInName),
               render_drop_in(drop_in, unit));
    fs::create_directories(kDumps);
  }

  void compare(const std::string& unit, const DropIn& drop_in) {
    const fs::path file = fs::path(kUnits) / (unit + ".d") / std::string(kDropInName);
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::map<std::string, std::string> read;
    for (const DropInVariable& variable :
         read_drop_in(parse_unit_file(file.string(), text), {}).drop_in.variables) {
      read[variable.name] = variable.value;
    }
    totals_.bus += count_same(drop_in, as_map(live_.facts(unit).environment), "on the bus");
    totals_.process +=
        count_same(drop_in, as_map(read_dump(std::string(kDumps) + "/" + unit)), "in the process");
    totals_.reader += count_same(drop_in, read, "from core's reader");
    fs::remove(fs::path(kUnits) / unit);
    fs::remove_all(file.parent_path());
  }

  std::mt19937_64 random_;
  LiveUnits live_;
  Totals totals_;
};

}  // namespace
}  // namespace ollama_gpu

int main(int argc, char** argv) {
  std::uint64_t count = 5000;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--dump") return ollama_gpu::dump(argv[i + 1]);
    if (option == "--count") count = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  try {
    ollama_gpu::RoundTrip round_trip(seed);
    round_trip.run(count);
    return round_trip.report();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "systemd-round-trip: %s\n", error.what());
    return 2;
  }
}
