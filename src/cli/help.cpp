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

// Of the program, or of a command with its options first and the global ones last.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(const Style& style) : style_(style), width_(std::min(style.width, 100U)) {}

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string out =
        make_usage(app, name) + wrap_indented(app->get_description(), width_, 0) + '\n';
    if (app->get_parent() == nullptr) out += make_subcommands(app, mode);
    for (const CLI::App* each = app; each != nullptr; each = each->get_parent()) {
      for (const std::string& group : each->get_groups()) {
        auto options = own_options(*each);
        std::erase_if(options, [&](const CLI::Option* option) {
          return option->get_group() != group || option->get_positional();
        });
        if (!options.empty()) out += make_group(group, false, options);
      }
    }
    return out + make_footer(app);
  }

  std::string make_usage(const CLI::App* app, std::string) const override {
    if (app->get_parent() == nullptr) {
      return "Usage: ollama-gpu [GLOBAL OPTIONS] COMMAND [OPTIONS]\n\n";
    }
    std::string out = fmt::format("Usage: ollama-gpu {} [OPTIONS]", app->get_name());
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) out += ' ' + option->get_type_name();
    }
    return out + "\n\n";
  }

  std::string make_subcommands(const CLI::App*, CLI::AppFormatMode) const override {
    std::string out = heading("Commands");
    for (const Command* command : all_commands()) {
      out += entry(fmt::format("  {}", command->name), command->summary, width_, kCommandColumn);
    }
    return out;
  }

  std::string make_group(std::string group, bool,
                         std::vector<const CLI::Option*> options) const override {
    std::string out = heading(group);
    for (const CLI::Option* option : options) out += make_option(option, false);
    return out;
  }

  std::string make_option(const CLI::Option* option, bool) const override {
    const auto& letters = option->get_snames();
    std::string left = letters.empty() ? "      " : fmt::format("  -{}, ", letters.front());
    left += option->get_name();
    const std::string value = option->get_type_name();
    const bool optional = !option->get_default_str().empty();
    if (!value.empty()) left += fmt::format(fmt::runtime(optional ? "[={}]" : " {}"), value);
    return entry(left, option->get_description(), width_, kOptionColumn);
  }

  std::string make_footer(const CLI::App* app) const override {
    const bool program = app->get_parent() == nullptr;
    const Command* command = program ? &kConfigure : find_command(app->get_name());
    std::string out = heading("Examples");
    std::istringstream lines{std::string(command->examples)};
    for (std::string line; std::getline(lines, line);) out += "  " + line + '\n';
    if (!program) return out;
    return out +
           "\nMore: ollama-gpu help COMMAND, help exit-codes, help selectors; man ollama-gpu\n";
  }

 private:
  std::string heading(std::string_view text) const {
    return '\n' + paint(style_, Tone::bold, text) + '\n';
  }

  Style style_;
  std::size_t width_;
};

// The one topic that begins so.
std::optional<std::string> only_beginning(std::string_view word,
                                          const std::vector<std::string>& topics) {
  const auto begins = [word](const std::string& topic) { return topic.starts_with(word); };
  if (word.empty() || std::ranges::count_if(topics, begins) != 1) return std::nullopt;
  return *std::ranges::find_if(topics, begins);
}

// An option that writes no setting: "--when-idle", "preload".
std::optional<std::string> help_option(std::string_view word, std::size_t width) {
  const Program program;
  const std::string name = (word.starts_with("--") ? "" : "--") + std::string(word);
  for (const Command* command : all_commands()) {
    const CLI::Option* option = program.find_option(command, name);
    if (option == nullptr) continue;
    const bool global = program.find_option(nullptr, name) != nullptr;
    return (global ? std::string("Global option\n")
                   : fmt::format("Option of {}\n", command->name)) +
           HelpFormatter(Style{false, false, false, static_cast<unsigned>(width)})
               .make_option(option, false);
  }
  return std::nullopt;
}

int run_help(Session& session) {
  const auto& topic = session.options().subject;
  if (!topic) return session.finish_text(help_text(nullptr, session.style()));
  return session.finish_text(help_on(*topic, session.style()));
}

}  // namespace

const Command kHelp{
    "help",
    "help on a command, a setting, an option, exit-codes, selectors, findings",
    "The help of a command, of a setting or an option, of a topic (exit-codes, selectors, "
    "findings; "
    "schema: what --json prints, as JSON Schema), or of one finding of doctor by its code.",
    "ollama-gpu help spread\n"
    "ollama-gpu help selectors\n"
    "ollama-gpu help OG602",
    [](Declare& add, Options& options) {
      add.operands("topic", "[COMMAND|TOPIC]", 1, into(options.subject),
                   "exit-codes|selectors|findings|schema");
    },
    run_help};

std::string help_text(const Command* command, const Style& style) {
  const Program program;
  CLI::App& app = program.app(command);
  app.formatter(std::make_shared<HelpFormatter>(style));
  return app.help();
}

Result<std::string> help_on(std::string_view topic, const Style& style) {
  if (topic == "exit-codes") return std::string(help_exit_codes());
  if (topic == "selectors") return std::string(help_selectors());
  if (topic == "schema") return std::string(help_schema());
  const std::size_t width = std::min(style.width, 100U);
  if (topic == "findings") return help_findings(width);
  if (const FindingKind* kind = find_kind(topic)) return help_finding(*kind, width);
  if (const Command* command = find_command(topic)) return help_text(command, style);
  if (const Setting* setting = setting_called(topic)) {
    std::ostringstream text;
    render_text(text, style, app::SettingsReport{{std::string(setting->name)}});
    return text.str();
  }
  if (auto text = help_option(topic, width)) return *text;
  std::vector<std::string> topics{"exit-codes", "selectors", "findings", "schema"};
  for (const Command* command : all_commands()) topics.emplace_back(command->name);
  for (const Setting& setting : known_settings()) topics.emplace_back(setting.name);
  auto meant = closest_match(topic, topics);
  if (!meant) meant = only_beginning(topic, topics);
  return fail(
      Errc::usage,
      meant ? fmt::format("no help on '{}'; did you mean {}?", topic, *meant)
            : fmt::format("no help on '{}'", topic),
      "topics: exit-codes, selectors, findings, schema, a code of doctor, a setting, an option, "
      "and every command");
}

std::string version_text() {
  const std::string_view commit = OLLAMA_GPU_COMMIT;
  std::string out = "ollama-gpu " OLLAMA_GPU_VERSION;
  if (!commit.empty()) out.append(" (").append(commit).append(")");
  return out + '\n';
}

}  // namespace ollama_gpu::cli
