// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/environment.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/systemd/value_rules.hpp"
#include "core/systemd/words.hpp"

namespace ollama_gpu {
namespace {

// Merges the environment directives of one unit, in the order systemd reads them
// (src/core/load-fragment.c; each method names the function whose rules it has).
class EnvironmentMerger {
 public:
  EnvironmentMerger(const UnitSpecifiers& specifiers, unsigned systemd_version)
      : specifiers_(specifiers), version_(systemd_version) {}

  void take(const UnitFile& file) {
    file_ = &file;
    for (const Directive& directive : file.directives) {
      if (directive.section != "Service") continue;
      directive_ = &directive;
      if (directive.key == "Environment") {
        take_environment();
      } else if (directive.key == "EnvironmentFile") {
        take_environment_file();
      } else if (directive.key == "PassEnvironment") {
        take_names(Escapes::none, pass_seen_, result_.pass_environment);
      } else if (directive.key == "UnsetEnvironment") {
        take_names(Escapes::c_style, unset_seen_, result_.unset_environment);
      }
    }
  }

  UnitEnvironment finish() { return std::move(result_); }

 private:
  // config_parse_environ()
  void take_environment() {
    if (directive_->value.empty()) {
      for (Assignment& beaten : result_.environment) {
        result_.overridden.push_back(std::move(beaten));
      }
      result_.environment.clear();
      positions_.clear();
      return;
    }
    for_each_word(Escapes::c_style, [this](const std::string& text, std::size_t offset) {
      if (!is_environment_assignment(text)) {
        drop(offset, "not a valid assignment: " + text);
        return;
      }
      const std::size_t equals = text.find('=');
      assign({text.substr(0, equals), text.substr(equals + 1), source(offset)});
    });
  }

  // strv_env_replace_consume(): a variable set again keeps its place in the list.
  void assign(Assignment assignment) {
    const auto [found, added] = positions_.try_emplace(assignment.name, result_.environment.size());
    if (added) {
      result_.environment.push_back(std::move(assignment));
      return;
    }
    std::swap(result_.environment[found->second], assignment);
    result_.overridden.push_back(std::move(assignment));
  }

  // config_parse_unit_env_file(): the whole value is one path; quotes mean nothing here.
  void take_environment_file() {
    if (directive_->value.empty()) {
      result_.environment_files.clear();
      return;
    }
    const std::optional<std::string> text = expand(directive_->value, 0);
    if (!text) return;
    const bool optional = !text->empty() && text->front() == '-';
    const std::optional<std::string> path = simplify_path(text->substr(optional ? 1 : 0), version_);
    if (!path) {
      drop(0, "not an absolute, normalized path: " + *text);
      return;
    }
    result_.environment_files.push_back({*path, optional, source(0)});
  }

  // config_parse_pass_environ(), config_parse_unset_environ()
  void take_names(Escapes escapes, std::unordered_set<std::string>& seen,
                  std::vector<NamedSource>& list) {
    if (directive_->value.empty()) {
      list.clear();
      seen.clear();
      return;
    }
    const bool assignments = escapes == Escapes::c_style;
    for_each_word(escapes, [&](const std::string& text, std::size_t offset) {
      if (!is_variable_name(text) && !(assignments && is_environment_assignment(text))) {
        drop(offset, "not a variable's name: " + text);
      } else if (seen.insert(text).second) {
        list.push_back({text, source(offset)});
      }
    });
  }

  // Each word with its specifiers expanded; a broken one ends the line.
  template <class Function>
  void for_each_word(Escapes escapes, Function function) {
    const WordList list = split_words(directive_->value, escapes, version_);
    for (const Word& word : list.words) {
      const std::optional<std::string> text = expand(word.text, word.offset);
      if (text) function(*text, word.offset);
    }
    if (list.broken_at) {
      drop(*list.broken_at, "invalid syntax: this word and the rest of the line");
    }
  }

  // Nothing when systemd drops the text. What cannot be resolved here stays as it is written, and
  // is listed as such.
  std::optional<std::string> expand(const std::string& text, std::size_t offset) {
    if (text.find('%') == std::string::npos) return text;
    Expansion expansion = expand_specifiers(text, specifiers_.in(file_->path));
    if (expansion.status == Expansion::Status::invalid) {
      drop(offset, "unknown specifier " + text.substr(expansion.offset, 2) + " in " + text);
      return std::nullopt;
    }
    if (expansion.status == Expansion::Status::unresolved) {
      result_.unresolved.push_back({text, source(offset)});
    }
    return std::move(expansion.text);
  }

  void drop(std::size_t offset, std::string message) {
    result_.dropped.push_back(
        {file_->path, directive_->at(offset), directive_->key, std::move(message)});
  }

  Source source(std::size_t offset) const {
    const Position position = directive_->at(offset);
    return {file_->path, position.line, position.column, directive_->key};
  }

  const UnitSpecifiers& specifiers_;
  unsigned version_;
  const UnitFile* file_ = nullptr;
  const Directive* directive_ = nullptr;
  UnitEnvironment result_;
  std::unordered_map<std::string, std::size_t> positions_;  // name -> index in environment
  std::unordered_set<std::string> pass_seen_;
  std::unordered_set<std::string> unset_seen_;
};

}  // namespace

UnitEnvironment merge_environment(const std::vector<UnitFile>& files,
                                  const UnitSpecifiers& specifiers, unsigned systemd_version) {
  EnvironmentMerger merger(specifiers, systemd_version);
  for (const UnitFile& file : files) merger.take(file);
  return merger.finish();
}

}  // namespace ollama_gpu
