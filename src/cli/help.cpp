// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "cli/program.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/suggest.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr std::size_t kOptionColumn = 31;  // where the explanations start
constexpr std::size_t kCommandColumn = 15;

std::string entry(const std::string& left, std::string_view text, std::size_t width,
                  std::size_t column) {
  std::string out = left;
  if (display_width(left) + 2 > column) {
    out.append("\n").append(column, ' ');
  } else {
    out.append(column - display_width(left), ' ');
  }
  return out + wrap_indented(text, width, column) + '\n';
}

std::string heading(const Style& style, std::string_view text) {
  return '\n' + paint(style, Tone::bold, text) + '\n';
}

// "  -q, --quiet", "      --gpus SELECTOR", "      --keep-alive[=DURATION]".
std::string spelled(const CLI::Option& option) {
  const auto& letters = option.get_snames();
  std::string out = letters.empty() ? "      " : fmt::format("  -{}, ", letters.front());
  out += option.get_name();
  if (is_flag(option)) return out;
  return out + fmt::format(fmt::runtime(takes_next_word(option) ? " {}" : "[={}]"),
                           option.get_type_name());
}

std::string commands_text(const Style& style, std::size_t width) {
  std::string out = heading(style, "Commands");
  for (const Command* command : all_commands()) {
    out += entry(fmt::format("  {}", command->name), command->summary, width, kCommandColumn);
  }
  return out;
}

// Under the headings, in the order in which they were first used.
std::string options_text(const std::vector<const CLI::Option*>& options, const Style& style,
                         std::size_t width) {
  std::string out;
  std::vector<std::string> done;
  for (const CLI::Option* first : options) {
    const std::string& group = first->get_group();
    if (std::ranges::find(done, group) != done.end()) continue;
    done.push_back(group);
    out += heading(style, group);
    for (const CLI::Option* option : options) {
      if (option->get_group() != group) continue;
      out += entry(spelled(*option), option->get_description(), width, kOptionColumn);
    }
  }
  return out;
}

// The one topic that begins so.
std::optional<std::string> only_beginning(std::string_view word,
                                          const std::vector<std::string>& topics) {
  const auto begins = [word](const std::string& topic) { return topic.starts_with(word); };
  if (word.empty() || std::ranges::count_if(topics, begins) != 1) return std::nullopt;
  return *std::ranges::find_if(topics, begins);
}

int run_help(Session& session) {
  const auto& topic = session.options().subject;
  if (!topic) return session.finish_text(help_text(nullptr, session.style()));
  return session.finish_text(help_on(*topic, session.style()));
}

}  // namespace

const Command kHelp{
    "help",
    "help on a command, a setting, exit-codes, selectors, findings",
    "The help of a command, of a setting, of a topic (exit-codes, selectors, findings), or of one "
    "finding of doctor by its code.",
    "ollama-gpu help selectors\n"
    "ollama-gpu help OG602",
    [](Declare& add, Options& options) {
      add.operands("topic", "[COMMAND|TOPIC]", 1, into(options.subject),
                   "exit-codes|selectors|findings");
    },
    run_help};

std::string help_text(const Command* command, const Style& style) {
  const Program program;
  const std::size_t width = std::min(style.width, 100U);
  const CLI::Option* operands = command == nullptr ? nullptr : program.operands_of(*command);
  std::string out = "Usage: ollama-gpu [GLOBAL OPTIONS] COMMAND [OPTIONS]";
  if (command != nullptr) out = fmt::format("Usage: ollama-gpu {} [OPTIONS]", command->name);
  if (operands != nullptr) out += ' ' + operands->get_type_name();
  out += "\n\n" + wrap_indented(program.app(command).get_description(), width, 0) + '\n';
  out += command == nullptr ? commands_text(style, width)
                            : options_text(program.options_of(command), style, width);
  out += options_text(program.options_of(nullptr), style, width) + heading(style, "Examples");
  std::istringstream lines{std::string((command == nullptr ? kConfigure : *command).examples)};
  for (std::string line; std::getline(lines, line);) out += "  " + line + '\n';
  if (command != nullptr) return out;
  return out + "\nMore: ollama-gpu help COMMAND, help exit-codes, help selectors; man ollama-gpu\n";
}

Result<std::string> help_on(std::string_view topic, const Style& style) {
  if (topic == "exit-codes") return std::string(help_exit_codes());
  if (topic == "selectors") return std::string(help_selectors());
  const std::size_t width = std::min(style.width, 100U);
  if (topic == "findings") return help_findings(width);
  if (const FindingKind* kind = find_kind(topic)) return help_finding(*kind, width);
  if (const Command* command = find_command(topic)) return help_text(command, style);
  if (find_setting(topic) != nullptr) {
    std::ostringstream text;
    render_text(text, style, app::SettingsReport{{std::string(topic)}});
    return text.str();
  }
  std::vector<std::string> topics{"exit-codes", "selectors", "findings"};
  for (const Command* command : all_commands()) topics.emplace_back(command->name);
  for (const Setting& setting : known_settings()) topics.emplace_back(setting.name);
  auto meant = closest_match(topic, topics);
  if (!meant) meant = only_beginning(topic, topics);
  return fail(
      Errc::usage,
      meant ? fmt::format("no help on '{}'; did you mean {}?", topic, *meant)
            : fmt::format("no help on '{}'", topic),
      "topics: exit-codes, selectors, findings, a code of doctor, a setting, and every command");
}

std::string version_text() {
  const std::string_view commit = OLLAMA_GPU_COMMIT;
  std::string out = "ollama-gpu " OLLAMA_GPU_VERSION;
  if (!commit.empty()) out.append(" (").append(commit).append(")");
  return out + '\n';
}

}  // namespace ollama_gpu::cli
