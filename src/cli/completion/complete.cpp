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
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

// What the completion scripts offer.
namespace ollama_gpu::cli {
namespace {

// The words of a selector (docs/reference/selectors.md), but for the GPUs; one that ends with "="
// goes on.
constexpr std::string_view kSelectorWords =
    "all|none|min-free=|min-total=|max-util=|name=|vendor=nvidia|vendor=amd|count=|not=";

class Completer {
 public:
  Completer(std::vector<std::string> words, std::string& out)
      : before_(std::move(words)), out_(out) {
    if (before_.empty()) before_.emplace_back();
    current_ = std::move(before_.back());
    before_.pop_back();
    const Settled settled = settle_words(program_, before_);
    command_ = settled.command;
    std::ignore = program_.parse(settled.words);  // --root and --user: whose answers
  }

  void run() {
    const auto* last = before_.empty() ? nullptr : program_.find_option(before_.back());
    const bool only_operands = contains(before_, "--");
    if (only_operands ||
        (!current_.starts_with('-') && (last == nullptr || !takes_next_word(*last)))) {
      operands();
    } else if (last != nullptr && takes_next_word(*last)) {
      values(*last);
    } else if (current_.find('=') != std::string::npos) {
      start_ = current_.substr(0, current_.find('=') + 1);
      const auto* option = program_.find_option(start_.substr(0, start_.size() - 1));
      if (option != nullptr && !is_flag(*option)) values(*option);
    } else {
      if (command_ != nullptr) options(command_);
      options(nullptr);
    }
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

  void settings(std::string_view end = {}) {
    for (const Setting& setting : known_settings()) {
      offer(std::string(setting.name).append(end), setting.summary);
    }
  }

  void commands() {
    for (const Command* command : all_commands()) offer(command->name, command->summary);
  }

  void codes() {
    for (const FindingKind& kind : finding_kinds()) offer(kind.code, kind.title);
  }

  void operands() {
    if (command_ == nullptr) return commands();
    const CLI::Option* operands = program_.operands_of(*command_);
    if (operands == nullptr) return;
    const std::string& fixed = program_.values_of(*operands);
    offer_all(fixed);
    if (command_ == &kRollback) return generations();
    if (fixed.empty()) settings();
    if (command_ != &kHelp) return;
    commands();
    codes();
  }

  void values(const CLI::Option& option) {
    const std::string name = option.get_name();
    const std::string type = option.get_type_name();
    if (type == "FILE" || type == "DIR") out_ = type == "DIR" ? ":directories\n" : ":files\n";
    if (type == "SELECTOR") selector();
    if (name == "--replicas") shares();
    if (name == "--set") pair();
    if (name == "--unset") settings();
    if (name == "--ignore") codes();
    const std::string& own = program_.values_of(option);
    if (!own.empty()) return offer_all(own);
    for (const Setting& setting : known_settings()) {
      if (setting.option == name) values_of(setting);
    }
  }

  void values_of(const Setting& setting) {
    if (setting.type == SettingType::cache_type) {
      return offer_all(program_.values_of(*program_.find_option(std::string(setting.option))));
    }
    offer_all(setting.type == SettingType::boolean     ? "0|1"
              : setting.type == SettingType::tri_state ? "0|1"
              : setting.type == SettingType::duration  ? "-1|5m|1h|24h"
              : setting.type == SettingType::host      ? "127.0.0.1|0.0.0.0"
                                                       : "");
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
    for (const Gpu& gpu : live().gpus.list().gpus) {
      const std::string name = printable(gpu.name);
      if (gpu.index) offer(fmt::format("{}", *gpu.index), name);
      if (!gpu.uuid.empty()) offer(printable(gpu.uuid), name);
      for (const MigDevice& part : gpu.mig) offer(printable(part.uuid), printable(part.name));
    }
  }

  void shares() {  // numbers of servers that share the GPUs out evenly
    const std::size_t gpus = live().gpus.list().gpus.size();
    for (std::size_t servers = 2; servers <= gpus; ++servers) {
      if (gpus % servers == 0) offer(fmt::format("{}", servers));
    }
  }

  void generations() {
    for (const auto& generation : app::generations(live()).report.generations) {
      offer(fmt::format("{}", generation.id), printable(generation.command));
    }
  }

  app::Context& live() {
    live_ = Live::create(program_.options().global, Signals::end_at_once, silence_);
    return (*live_.value()).context();  // what it throws ends the answer
  }

  Program program_ = {};
  std::vector<std::string> before_;
  std::string current_ = {};
  std::string& out_;
  const Command* command_ = nullptr;
  std::string start_ = {};  // what stands in the word before what is offered
  std::ostream nowhere_{nullptr};
  StreamMessages silence_{nowhere_, {}, ports::Verbosity::quiet};
  Result<std::unique_ptr<Live>> live_ = {};
};

}  // namespace

int complete(std::vector<std::string> words) {
  std::string offered;
  try {
    Completer(std::move(words), offered).run();
  } catch (const std::exception&) {  // what was found before is offered all the same
  }
  return write_out(offered) ? 0 : 1;
}

}  // namespace ollama_gpu::cli
