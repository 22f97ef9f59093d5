// SPDX-License-Identifier: MIT
#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/systemd/line_table.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/suggest.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr std::size_t kLargest = 1048576;
constexpr std::size_t kMostOptions = 1000;  // nobody has so many; each is compared with the others

class ConfigReader {
 public:
  ConfigReader(const Program& program, const std::string& file, const std::string& text)
      : program_(program), file_(file), text_(text), lines_(text) {}

  Result<std::vector<FileOption>> read() {
    if (auto deep = check_depth(); !deep) return Failure(deep.error());
    toml::parse_result parsed = toml::parse(std::string_view(text_), file_);
    if (!parsed) return Failure(syntax_error(parsed.error()));
    for (auto&& [key, node] : parsed.table()) {
      if (auto taken = entry(key, node); !taken) return Failure(taken.error());
    }
    if (options_.size() > kMostOptions) {
      return Failure(
          Error{Errc::usage,
                fmt::format("{} settings in one file: at most {}", options_.size(), kMostOptions),
                "is it the file that was meant?", Location{file_, 1, 1, ""}, 0});
    }
    // As written in the file: toml++ sorts the keys.
    std::ranges::stable_sort(options_, {},
                             [](const FileOption& given) { return given.place.line; });
    return std::move(options_);
  }

 private:
  // toml++ goes one call deeper for each part of a dotted key, and knows no limit there.
  Result<void> check_depth() const {
    constexpr std::size_t kMostParts = 1000;
    std::size_t line = 1;
    std::size_t parts = 0;
    char quote = '\0';
    for (const char byte : text_) {
      if (byte == '\n') {
        ++line;
        parts = 0;
        quote = '\0';
      } else if (byte == quote) {
        quote = '\0';
      } else if (quote == '\0' && (byte == '"' || byte == '\'')) {
        quote = byte;
      } else if (quote == '\0' && byte == '.' && ++parts > kMostParts) {
        return Failure(Error{Errc::usage, "a key with more than 1000 parts",
                             "keys are the options of configure", Location{file_, line, 1, ""}, 0});
      }
    }
    return {};
  }

  // toml++ counts columns in characters; ours are bytes.
  Location location(toml::source_position position) const {
    const std::string_view line = lines_.line(text_, position.line);
    std::size_t offset = 0;
    for (std::size_t column = 1; column < position.column && offset < line.size(); ++column) {
      offset += first_character(line.substr(offset)).length;
    }
    return {file_, position.line, offset + 1, std::string(line)};
  }

  Error syntax_error(const toml::parse_error& error) const {
    const Location place = location(error.source().begin);
    if (const auto odd = find_lookalike(place.text)) {
      return Error{Errc::usage, fmt::format("'{}' is not ASCII", odd->character),
                   fmt::format("write {}", odd->ascii),
                   Location{file_, place.line, odd->offset + 1, place.text}, 0};
    }
    return Error{Errc::usage, std::string(error.description()),
                 "the file is TOML: gpus = \"all\", spread = true, num-parallel = 4", place, 0};
  }

  Failure failure(toml::source_position position, std::string message, std::string hint) const {
    return Failure(Error{Errc::usage, std::move(message), std::move(hint), location(position), 0});
  }

  // As the command line would have it: "--gpus=all", "--spread".
  void add(std::string word, toml::source_position position, std::string variable) {
    options_.push_back({std::move(word), location(position), std::move(variable)});
  }

  Result<void> entry(const toml::key& key, const toml::node& node) {
    const std::string name = "--" + std::string(key.str());
    const CLI::Option* option = program_.find_option(&kConfigure, name);
    if (option == nullptr || !allowed_in_file(option)) return unknown_key(key, option);
    if (name == "--set") return set_table(node);
    if (name == "--unset") return unset_array(node);
    const auto position = node.source().begin;
    const auto variable = variable_of(name);
    if (node.is_boolean() && (is_flag(*option) || !bare_of(*option).empty())) {
      const std::string opposite = "--no-" + name.substr(2);
      if (*node.value<bool>()) add(name, position, variable);
      if (!*node.value<bool>() && program_.find_option(&kConfigure, opposite)) {
        add(opposite, position, variable);
      }
      return {};
    }
    const auto value =
        name == "--gpus" && node.is_array() ? list_of(*node.as_array()) : text_of(node);
    if (is_flag(*option)) return wrong_type(name, node, "true or false");
    if (!value) return wrong_type(name, node, "a string or a number");
    add(name + '=' + *value, position, variable);
    return {};
  }

  // Not the options that say how to run, nor those that only make sense when typed.
  bool allowed_in_file(const CLI::Option* option) const {
    constexpr std::array<std::string_view, 6> kOfOneRun{
        "--config", "--dry-run", "--check", "--confirm", "--no-verify", "--no-rollback"};
    const std::string name = option->get_name();
    return !contains(kOfOneRun, name) && !program_.find_option(nullptr, name);
  }

  // Of a key that is none: a variable, a table named after the command.
  std::optional<std::string> where_it_belongs(const std::string& name) const {
    if (name == "configure" || name == "ollama-gpu") {
      return fmt::format("leave [{}] out: the keys stand at the top of the file", name);
    }
    const Setting* setting = find_setting(name);
    const bool is_variable = setting != nullptr || name.starts_with("OLLAMA_");
    if (!is_variable) return std::nullopt;
    const bool has_option = setting != nullptr && !setting->option.empty();
    return fmt::format(
        "variables stand under [set]{}",
        has_option ? fmt::format("; this one has a key, {}", setting->option.substr(2)) : "");
  }

  Failure unknown_key(const toml::key& key, const CLI::Option* option) const {
    const std::string name(key.str());
    if (option != nullptr) {
      return failure(key.source().begin, fmt::format("{} cannot stand in this file", name),
                     fmt::format("it is of one run: give --{} on the command line", name));
    }
    if (const auto place = where_it_belongs(name)) {
      return failure(key.source().begin, fmt::format("unknown key {}", name), *place);
    }
    std::vector<std::string> names;
    for (const CLI::Option* known : program_.options_of(&kConfigure)) {
      if (allowed_in_file(known)) names.push_back(known->get_name().substr(2));
    }
    const auto meant = closest_match(name, names);
    return failure(key.source().begin,
                   meant ? fmt::format("unknown key {}; did you mean {}?", name, *meant)
                         : fmt::format("unknown key {}", name),
                   fmt::format("keys are the options of configure: {}", fmt::join(names, ", ")));
  }

  Failure wrong_type(const std::string& option, const toml::node& node,
                     std::string_view wanted) const {
    return failure(node.source().begin, fmt::format("{} takes {}", option.substr(2), wanted),
                   fmt::format("see {} in: ollama-gpu help configure", option));
  }

  Result<void> set_table(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return wrong_type("--set", node, "a table: [set] and K = \"V\" below it");
    }
    for (auto&& [key, value] : *table) {
      const std::string name(key.str());
      const auto text = text_of(value);
      if (const auto flag = value.value<bool>(); flag && value.is_boolean()) {
        return failure(value.source().begin, fmt::format("{} takes a string or a number", name),
                       fmt::format("write {} = \"{}\"", name, *flag ? 1 : 0));
      }
      if (!text) return wrong_type("--set", value, "strings or numbers: K = \"V\"");
      add("--set=" + name + '=' + *text, key.source().begin, name);
    }
    return {};
  }

  Result<void> unset_array(const toml::node& node) {
    const toml::array* array = node.as_array();
    if (const auto name = node.value<std::string>()) {
      add("--unset=" + *name, node.source().begin, *name);
      return {};
    }
    if (array == nullptr) return wrong_type("--unset", node, "an array of names: [\"K\"]");
    for (auto&& value : *array) {
      const auto name = value.value<std::string>();
      if (!name) return wrong_type("--unset", value, "names: [\"K\"]");
      add("--unset=" + *name, value.source().begin, *name);
    }
    return {};
  }

  // The one that an option of configure writes, also as "--no-spread".
  static std::string variable_of(const std::string& option) {
    const std::string name = option.starts_with("--no-") ? "--" + option.substr(5) : option;
    const auto settings = known_settings();
    const auto found = std::ranges::find(settings, name, &Setting::option);
    return found == settings.end() || name == "--gpus" ? "" : std::string(found->name);
  }

  // [0, 1] as "0,1".
  static std::optional<std::string> list_of(const toml::array& array) {
    std::vector<std::string> words;
    for (auto&& element : array) {
      auto word = text_of(element);
      if (!word || word->empty()) return std::nullopt;
      words.push_back(std::move(*word));
    }
    if (words.empty()) return std::nullopt;
    return fmt::format("{}", fmt::join(words, ","));
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
  LineTable lines_;
  std::vector<FileOption> options_ = {};
};

}  // namespace

Result<std::vector<FileOption>> parse_config(const Program& program, const std::string& file,
                                             const std::string& text) {
  return ConfigReader(program, file, text).read();
}

Result<std::vector<FileOption>> read_config(const Program& program, const std::string& file) {
  errno = 0;
  const std::string path = file == "-" ? "/dev/stdin" : file;
  std::ifstream stream(path, std::ios::binary);
  std::string text(kLargest + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "it cannot be read";
    return fail(Errc::usage, fmt::format("cannot read {}: {}", path, reason),
                "--config takes a TOML file, or - for standard input");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargest) {
    return fail(Errc::usage, fmt::format("{} is larger than 1 MiB", file),
                "--config takes a small TOML file");
  }
  return parse_config(program, file, text);
}

}  // namespace ollama_gpu::cli
