// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/suggest.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr std::size_t kOptionColumn = 31;  // where the explanations start
constexpr std::size_t kCommandColumn = 15;

std::string left_side(const OptionSpec& spec) {
  std::string out = spec.letter.empty() ? "      " : fmt::format("  {}, ", spec.letter);
  out += spec.name;
  if (spec.arity == Arity::value) out += fmt::format(" {}", spec.value_name);
  if (spec.arity == Arity::optional_value) out += fmt::format("[={}]", spec.value_name);
  return out;
}

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

std::string options_of(unsigned bit, const Style& style, std::size_t width) {
  std::vector<std::string_view> headings;
  for (const OptionSpec& spec : all_options()) {
    const bool wanted = (spec.commands & bit) != 0 && (bit != kEverywhere || is_global(spec));
    const bool seen = std::find(headings.begin(), headings.end(), spec.heading) != headings.end();
    if (wanted && !seen) headings.push_back(spec.heading);
  }
  std::string out;
  for (const std::string_view heading : headings) {
    out += '\n' + paint(style, Tone::bold, heading) + '\n';
    for (const OptionSpec& spec : all_options()) {
      const bool wanted = (spec.commands & bit) != 0 && spec.heading == heading;
      if (wanted) out += entry(left_side(spec), spec.help, width, kOptionColumn);
    }
  }
  return out;
}

std::string examples(std::string_view lines, const Style& style) {
  std::string out = '\n' + paint(style, Tone::bold, "Examples") + '\n';
  while (true) {
    const std::size_t end = lines.find('\n');
    out.append("  ").append(lines.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return out;
    lines.remove_prefix(end + 1);
  }
}

std::string program_help(const Style& style, std::size_t width) {
  std::string out = "Usage: ollama-gpu [GLOBAL OPTIONS] COMMAND [OPTIONS]\n\n";
  out += wrap_indented(
      "Configures the GPUs of an Ollama that runs as a systemd service, and proves that the "
      "settings hold.",
      width, 0);
  out += "\n\n" + paint(style, Tone::bold, "Commands") + '\n';
  for (const CommandSpec& spec : all_commands()) {
    out += entry(fmt::format("  {}", spec.name), spec.summary, width, kCommandColumn);
  }
  out += options_of(kEverywhere, style, width);
  out += examples(find_command("configure")->examples, style);
  return out + "\nMore: ollama-gpu help COMMAND, help exit-codes, help selectors; man ollama-gpu\n";
}

// The one topic that begins so.
std::optional<std::string> only_beginning(std::string_view word,
                                          const std::vector<std::string>& topics) {
  const auto begins = [word](const std::string& topic) { return topic.starts_with(word); };
  const auto found = std::find_if(topics.begin(), topics.end(), begins);
  if (word.empty() || std::count_if(topics.begin(), topics.end(), begins) != 1) return std::nullopt;
  return *found;
}

}  // namespace

std::string help_text(const CommandSpec* command, const Style& style) {
  const std::size_t width = std::min(style.width, 100U);
  if (command == nullptr) return program_help(style, width);
  std::string out = fmt::format("Usage: ollama-gpu {} [OPTIONS]", command->name);
  if (!command->operands.empty()) out += fmt::format(" {}", command->operands);
  out += "\n\n" + wrap_indented(command->description, width, 0) + '\n';
  return out + options_of(command->bit, style, width) + examples(command->examples, style);
}

Result<std::string> help_on(std::string_view topic, const Style& style) {
  if (topic == "exit-codes") return std::string(help_exit_codes());
  if (topic == "selectors") return std::string(help_selectors());
  const std::size_t width = std::min(style.width, 100U);
  if (topic == "findings") return help_findings(width);
  if (const FindingKind* kind = find_kind(topic)) return help_finding(*kind, width);
  if (const CommandSpec* command = find_command(topic)) return help_text(command, style);
  if (find_setting(topic) != nullptr) {
    std::ostringstream text;
    render_text(text, style, app::SettingsReport{{std::string(topic)}});
    return text.str();
  }
  std::vector<std::string> topics{"exit-codes", "selectors", "findings"};
  for (const CommandSpec& spec : all_commands()) topics.emplace_back(spec.name);
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
