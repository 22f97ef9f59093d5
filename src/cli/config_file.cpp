// SPDX-License-Identifier: MIT
#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

class ConfigReader {
 public:
  ConfigReader(const Program& program, const std::string& file, const std::string& text)
      : program_(program), file_(file), text_(text) {}

  Result<std::vector<FileOption>> read() {
    toml::parse_result parsed = toml::parse(std::string_view(text_), file_);
    if (!parsed) {
      return failure(parsed.error().source().begin, std::string(parsed.error().description()),
                     "the file is TOML: gpus = \"all\", spread = true, num-parallel = 4");
    }
    for (auto&& [key, node] : parsed.table()) {
      if (auto taken = entry(key, node); !taken) return Failure(taken.error());
    }
    // As written in the file: toml++ sorts the keys.
    std::ranges::stable_sort(options_, {},
                             [](const FileOption& given) { return given.place.line; });
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

  void add(const OptionView& option, std::optional<std::string> value,
           toml::source_position position, std::string variable = {}) {
    if (variable.empty()) variable = option.extra->variable;
    options_.push_back({option, std::move(value), location(position), std::move(variable)});
  }

  Result<void> entry(const toml::key& key, const toml::node& node) {
    const std::string name(key.str());
    const auto option = program_.find_option(&kConfigure, "--" + name);
    if (!option || !allowed_in_file(option->name)) return unknown_key(key, option);
    if (name == "set") return set_table(*option, node);
    if (name == "unset") return unset_array(*option, node);
    if (node.is_boolean()) return boolean(*option, node);
    if (option->is_flag()) return wrong_type(*option, node, "true or false");
    const auto value = text_of(node);
    if (!value) return wrong_type(*option, node, "a string or a number");
    add(*option, *value, node.source().begin);
    return {};
  }

  // Not the options that say how to run, nor those that only make sense when typed.
  bool allowed_in_file(const std::string& name) const {
    return name != "--config" && !program_.find_option(nullptr, name);
  }

  Failure unknown_key(const toml::key& key, const std::optional<OptionView>& option) const {
    const std::string name(key.str());
    if (option) {
      return failure(key.source().begin, fmt::format("{} cannot stand in this file", name),
                     fmt::format("give {} on the command line", option->name));
    }
    std::vector<std::string> names;
    for (const OptionView& known : program_.options_of(&kConfigure)) {
      if (allowed_in_file(known.name)) names.push_back(known.name.substr(2));
    }
    const auto meant = closest_match(name, names);
    return failure(key.source().begin,
                   meant ? fmt::format("unknown key {}; did you mean {}?", name, *meant)
                         : fmt::format("unknown key {}", name),
                   fmt::format("keys are the options of configure: {}", fmt::join(names, ", ")));
  }

  Failure wrong_type(const OptionView& option, const toml::node& node,
                     std::string_view wanted) const {
    return failure(node.source().begin, fmt::format("{} takes {}", option.name.substr(2), wanted),
                   fmt::format("see {} in: ollama-gpu help configure", option.name));
  }

  // A flag; or, for an option with a --no- counterpart, that one.
  Result<void> boolean(const OptionView& option, const toml::node& node) {
    const bool yes = *node.value<bool>();
    const auto position = node.source().begin;
    if (!option.is_flag() && option.bare.empty())
      return wrong_type(option, node, "a string or a number");
    if (yes) {
      add(option, std::nullopt, position);
    } else if (const auto other =
                   program_.find_option(&kConfigure, "--no-" + option.name.substr(2))) {
      add(*other, std::nullopt, position);
    }
    return {};
  }

  Result<void> set_table(const OptionView& option, const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_type(option, node, "a table: [set] and K = \"V\" below it");
    for (auto&& [key, value] : *table) {
      const auto text = text_of(value);
      if (!text) return wrong_type(option, value, "strings or numbers: K = \"V\"");
      const std::string name(key.str());
      add(option, name + '=' + *text, key.source().begin, name);
    }
    return {};
  }

  Result<void> unset_array(const OptionView& option, const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return wrong_type(option, node, "an array of names: [\"K\"]");
    for (auto&& value : *array) {
      if (!value.is_string()) return wrong_type(option, value, "names: [\"K\"]");
      const auto name = value.value<std::string>();
      add(option, name, value.source().begin, *name);
    }
    return {};
  }

  static std::optional<std::string> text_of(const toml::node& node) {
    if (node.is_string()) return node.value<std::string>();
    if (node.is_integer()) return std::to_string(*node.value<std::int64_t>());
    if (node.is_floating_point()) return fmt::format("{}", *node.value<double>());
    return std::nullopt;
  }

  const Program& program_;
  const std::string& file_;
  const std::string& text_;
  std::vector<FileOption> options_ = {};
};

}  // namespace

Result<std::vector<FileOption>> parse_config(const Program& program, const std::string& file,
                                             const std::string& text) {
  return ConfigReader(program, file, text).read();
}

Result<std::vector<FileOption>> read_config(const Program& program, const std::string& file) {
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
  return parse_config(program, file, text);
}

}  // namespace ollama_gpu::cli
