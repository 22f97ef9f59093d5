// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>
#include <tuple>

#include "cli/completion/script.hpp"
#include "cli/settle_words.hpp"
#include "cli/wire.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

// What the completion scripts offer.
namespace ollama_gpu::cli {
namespace {

// The words of a selector (docs/design.md), but for the GPUs; one that ends with "=" goes on.
constexpr std::string_view kSelectorWords =
    "all|none|min-free=|min-total=|max-util=|name=|vendor=nvidia|vendor=amd|count=|not=";

class Completer {
 public:
  explicit Completer(std::vector<std::string> words) : before_(std::move(words)) {
    if (before_.empty()) before_.emplace_back();
    current_ = std::move(before_.back());
    before_.pop_back();
    const Settled settled = settle_words(program_, before_);
    command_ = settled.command;
    std::ignore = program_.parse(settled.words);  // --root and --user: whose answers
  }

  std::string offered() {
    const auto* last = before_.empty() ? nullptr : program_.find_option(before_.back());
    if (std::ranges::find(before_, "--") != before_.end()) {
      operands();
    } else if (last != nullptr && takes_next_word(*last)) {
      values(*last);
    } else if (current_.starts_with("--") && current_.find('=') != std::string::npos) {
      start_ = current_.substr(0, current_.find('=') + 1);
      const auto* option = program_.find_option(start_.substr(0, start_.size() - 1));
      if (option != nullptr && !is_flag(*option)) values(*option);
    } else if (current_.starts_with('-')) {
      if (command_ != nullptr) options(command_);
      options(nullptr);
    } else {
      operands();
    }
    return out_;
  }

 private:
  void offer(std::string_view word, std::string_view help = {}) {
    const std::string whole = start_ + std::string(word);
    if (!whole.starts_with(current_)) return;
    out_ += help.empty() ? whole + '\n' : fmt::format("{}\t{}\n", whole, help);
  }

  void offer_all(const std::string& values) {  // "auto|never"
    std::istringstream words{values};
    for (std::string word; std::getline(words, word, '|');) offer(word);
  }

  void options(const Command* command) {
    for (const CLI::Option* option : program_.options_of(command)) {
      offer(option->get_name(), option->get_description());
      for (const std::string& letter : option->get_snames()) {
        offer('-' + letter, option->get_description());
      }
    }
  }

  void commands() {
    for (const Command* command : all_commands()) offer(command->name, command->summary);
  }

  void settings(std::string_view end) {
    for (const Setting& setting : known_settings()) {
      offer(std::string(setting.name).append(end), setting.summary);
    }
  }

  void codes() {
    for (const FindingKind& kind : finding_kinds()) offer(kind.code, kind.title);
  }

  void operands() {
    const CLI::Option* operands = command_ == nullptr ? nullptr : program_.operands_of(*command_);
    if (command_ == nullptr) return commands();
    if (operands == nullptr) return;
    const std::string& fixed = program_.values_of(*operands);
    offer_all(fixed);
    if (command_ == &kRollback) return generations();
    if (command_ == &kHelp) {
      commands();
      codes();
    } else if (fixed.empty()) {
      settings("");
    }
  }

  void values(const CLI::Option& option) {
    const std::string name = option.get_name();
    const std::string type = option.get_type_name();
    if (type == "FILE" || type == "DIR") out_ = type == "DIR" ? ":directories\n" : ":files\n";
    if (type == "SELECTOR") selector();
    if (name == "--set") pair();
    if (name == "--unset") settings("");
    if (name == "--ignore") codes();
    const std::string& own = program_.values_of(option);
    if (!own.empty()) return offer_all(own);
    for (const Setting& setting : known_settings()) {
      if (setting.option == name) values_of(setting);
    }
  }

  void values_of(const Setting& setting) {
    if (setting.type == SettingType::boolean) offer_all("0|1");
    if (setting.type == SettingType::tri_state) offer_all("0|1");
    if (setting.type == SettingType::duration) offer_all("-1|5m|1h|24h");
    if (setting.type == SettingType::host) offer_all("127.0.0.1|0.0.0.0");
    if (setting.type == SettingType::cache_type) {
      offer_all(program_.values_of(*program_.find_option(std::string(setting.option))));
    }
  }

  void pair() {  // K=V
    const std::size_t equals = current_.find('=', start_.size());
    if (equals == std::string::npos) return settings("=");
    const std::string name = current_.substr(start_.size(), equals - start_.size());
    start_ = current_.substr(0, equals + 1);
    if (const Setting* setting = find_setting(name)) values_of(*setting);
  }

  void selector() {  // a list: its last word is completed
    const std::size_t comma = current_.rfind(',');
    if (comma != std::string::npos) start_ = current_.substr(0, comma + 1);
    offer_all(std::string(kSelectorWords));
    const auto live = Live::create(program_.options().global, Signals::end_at_once, silence_);
    if (!live) return;
    for (const Gpu& gpu : (*live)->context().gpus.list().gpus) {
      const std::string name = printable(gpu.name);
      if (gpu.index) offer(fmt::format("{}", *gpu.index), name);
      if (!gpu.uuid.empty()) offer(printable(gpu.uuid), name);
      for (const MigDevice& part : gpu.mig) offer(printable(part.uuid), printable(part.name));
    }
  }

  void generations() {
    const auto live = Live::create(program_.options().global, Signals::end_at_once, silence_);
    if (!live) return;
    for (const auto& generation : app::generations((*live)->context()).report.generations) {
      offer(fmt::format("{}", generation.id), printable(generation.command));
    }
  }

  Program program_ = {};
  std::vector<std::string> before_;
  std::string current_ = {};
  const Command* command_ = nullptr;
  std::string start_ = {};  // what stands in the word before what is offered
  std::string out_ = {};
  std::ostream nowhere_{nullptr};
  StreamMessages silence_{nowhere_, {}, ports::Verbosity::quiet};
};

}  // namespace

int complete(std::vector<std::string> words) {
  try {
    std::ignore = write_out(Completer(std::move(words)).offered());
  } catch (const std::exception&) {
    return 1;
  }
  return 0;
}

}  // namespace ollama_gpu::cli
