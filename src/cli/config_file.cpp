// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/config_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "ollama_gpu/core/systemd/unit_file.hpp"
#include "ollama_gpu/core/text/suggest.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr std::size_t kLargest = 1048576;

// Options that say how to run, not what to set up, and those that only make sense when typed.
bool allowed_in_file(const OptionSpec& spec) {
  return (spec.commands & kConfigure) != 0 && !is_global(spec) && spec.name != "--config";
}

std::size_t line_of(const GivenOption& option) { return option.place ? option.place->line : 0; }

class ConfigReader {
 public:
  ConfigReader(const std::string& file, const std::string& text) : file_(file), text_(text) {}

  Result<std::vector<GivenOption>> read() {
    toml::parse_result parsed = toml::parse(std::string_view(text_), file_);
    if (!parsed) {
      return failure(parsed.error().source().begin, std::string(parsed.error().description()),
                     "the file is TOML: gpus = \"all\", spread = true, num-parallel = 4");
    }
    for (auto&& [key, node] : parsed.table()) {
      if (auto taken = entry(key, node); !taken) return Failure(taken.error());
    }
    // As written in the file: toml++ sorts the keys.
    std::stable_sort(options_.begin(), options_.end(),
                     [](const GivenOption& left, const GivenOption& right) {
                       return line_of(left) < line_of(right);
                     });
    return std::move(options_);
  }

 private:
  // toml++ counts columns in characters; ours are bytes.
  Location location(toml::source_position position) const {
    const std::string_view line = line_at(text_, position.line);
    std::size_t offset = 0;
    for (std::size_t column = 1; column < position.column && offset < line.size(); ++column) {
      offset += first_character(line.substr(offset)).length;
    }
    return {file_, position.line, offset + 1, std::string(line)};
  }

  Failure failure(toml::source_position position, std::string message, std::string hint) const {
    return Failure(Error{Errc::usage, std::move(message), std::move(hint), location(position), 0});
  }

  void add(const OptionSpec& spec, std::optional<std::string> value,
           toml::source_position position) {
    options_.push_back({&spec, std::move(value), location(position)});
  }

  Result<void> entry(const toml::key& key, const toml::node& node) {
    const std::string name(key.str());
    const OptionSpec* spec = find_option("--" + name, kConfigure);
    if (spec == nullptr || !allowed_in_file(*spec)) return unknown_key(key, spec);
    if (name == "set") return set_table(*spec, node);
    if (name == "unset") return unset_array(*spec, node);
    if (node.is_boolean()) return boolean(*spec, node);
    if (spec->arity == Arity::flag) return wrong_type(*spec, node, "true or false");
    const auto value = text_of(node);
    if (!value) return wrong_type(*spec, node, "a string or a number");
    add(*spec, *value, node.source().begin);
    return {};
  }

  Failure unknown_key(const toml::key& key, const OptionSpec* spec) const {
    const std::string name(key.str());
    if (spec != nullptr) {
      return failure(key.source().begin, fmt::format("{} cannot stand in this file", name),
                     fmt::format("give {} on the command line", spec->name));
    }
    std::vector<std::string> names;
    std::string listed;
    for (const OptionSpec& option : all_options()) {
      if (!allowed_in_file(option)) continue;
      names.emplace_back(option.name.substr(2));
      listed += (listed.empty() ? "" : ", ") + names.back();
    }
    const auto meant = closest_match(name, names);
    return failure(key.source().begin,
                   meant ? fmt::format("unknown key {}; did you mean {}?", name, *meant)
                         : fmt::format("unknown key {}", name),
                   "keys are the options of configure: " + listed);
  }

  Failure wrong_type(const OptionSpec& spec, const toml::node& node,
                     std::string_view wanted) const {
    return failure(node.source().begin, fmt::format("{} takes {}", spec.name.substr(2), wanted),
                   fmt::format("see {} in: ollama-gpu help configure", spec.name));
  }

  // A flag; or, for an option with a --no- counterpart, that one.
  Result<void> boolean(const OptionSpec& spec, const toml::node& node) {
    const bool yes = *node.value<bool>();
    const auto position = node.source().begin;
    if (spec.arity == Arity::value) return wrong_type(spec, node, "a string or a number");
    if (yes) {
      add(spec, std::nullopt, position);
    } else if (const auto* other =
                   find_option("--no-" + std::string(spec.name.substr(2)), kConfigure)) {
      add(*other, std::nullopt, position);
    }
    return {};
  }

  Result<void> set_table(const OptionSpec& spec, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_type(spec, node, "a table: [set] and K = \"V\" below it");
    for (auto&& [key, value] : *table) {
      const auto text = text_of(value);
      if (!text) return wrong_type(spec, value, "strings or numbers: K = \"V\"");
      add(spec, std::string(key.str()) + '=' + *text, key.source().begin);
    }
    return {};
  }

  Result<void> unset_array(const OptionSpec& spec, const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return wrong_type(spec, node, "an array of names: [\"K\"]");
    for (auto&& value : *array) {
      if (!value.is_string()) return wrong_type(spec, value, "names: [\"K\"]");
      add(spec, value.value<std::string>(), value.source().begin);
    }
    return {};
  }

  static std::optional<std::string> text_of(const toml::node& node) {
    if (node.is_string()) return node.value<std::string>();
    if (node.is_integer()) return std::to_string(*node.value<std::int64_t>());
    if (node.is_floating_point()) return fmt::format("{}", *node.value<double>());
    return std::nullopt;
  }

  const std::string& file_;
  const std::string& text_;
  std::vector<GivenOption> options_ = {};
};

}  // namespace

Result<std::vector<GivenOption>> parse_config(const std::string& file, const std::string& text) {
  return ConfigReader(file, text).read();
}

Result<std::vector<GivenOption>> read_config(const std::string& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kLargest + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "it cannot be read";
    return fail(Errc::usage, fmt::format("cannot read {}: {}", file, reason),
                "--config takes a TOML file");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargest) {
    return fail(Errc::usage, fmt::format("{} is larger than 1 MiB", file),
                "--config takes a small TOML file");
  }
  return parse_config(file, text);
}

}  // namespace ollama_gpu::cli
