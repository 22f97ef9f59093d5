// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "cli/completion/script.hpp"
#include "cli/program.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/style.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

namespace ollama_gpu::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Help, EveryHelpFitsEightyColumnsAndHasAnExample) {
  std::vector<const Command*> commands{nullptr};
  commands.insert(commands.end(), all_commands().begin(), all_commands().end());
  for (const Command* command : commands) {
    const std::string text = help_text(command, {});
    EXPECT_THAT(text, StartsWith("Usage: ollama-gpu "));
    EXPECT_THAT(text, HasSubstr("\nExamples\n  "));
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(display_width(line), 80U) << line;
  }
}

// Every option that there is, by the command that has it; null: the global ones.
std::map<const Command*, std::vector<const CLI::Option*>> all_options(const Program& program) {
  std::map<const Command*, std::vector<const CLI::Option*>> out{
      {nullptr, program.options_of(nullptr)}};
  for (const Command* command : all_commands()) out[command] = program.options_of(command);
  return out;
}

TEST(Help, ACommandShowsJustItsOptions) {
  const Program program;
  for (const Command* command : all_commands()) {
    const std::string text = help_text(command, {});
    for (const auto& [owner, options] : all_options(program)) {
      for (const CLI::Option* option : options) {
        const auto shown = [&](const char* end) {
          return text.find(" " + option->get_name() + end) != std::string::npos;
        };
        const std::string name = option->get_name();
        if (command->examples.find(name) != std::string_view::npos) continue;
        // The text of show --toml names it.
        if (command == &kShow && name == "--config") continue;
        EXPECT_EQ(shown(" ") || shown("\n") || shown("[="),
                  program.find_option(command, option->get_name()) != nullptr)
            << option->get_name();
      }
    }
  }
}

TEST(Help, OnASettingIsItsOwnPage) {
  const auto text = help_on("OLLAMA_KEEP_ALIVE", {});
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("OLLAMA_KEEP_ALIVE"));
  EXPECT_THAT(*text, HasSubstr("--keep-alive"));
  EXPECT_THAT(help_on("OLLAMA_KEEP", {}).error().hint, HasSubstr("a setting"));
}

TEST(Help, OfReset) {
  EXPECT_THAT(help_text(find_command("reset"), {}), StartsWith(R"(Usage: ollama-gpu reset [OPTIONS]

Removes our drop-in, and nothing else; then as configure does.

How it is done
      --dry-run                show what would be done, change nothing
      --check                  the same, and exit 10 if something would change
      --confirm                show the plan first, and do it only after a y
      --restart WHEN           auto: only if Ollama does not have the settings
                               already (default); never; always: also starts a
                               stopped service
)"));
}

TEST(Help, OnTopicsAndCommands) {
  EXPECT_THAT(*help_on("exit-codes", {}), StartsWith("Exit codes\n"));
  EXPECT_THAT(*help_on("selectors", {}), StartsWith("Selectors:"));
  EXPECT_EQ(*help_on("gpus", {}), help_text(find_command("gpus"), {}));
}

TEST(Help, OnFindings) {
  EXPECT_THAT(*help_on("findings", {}), HasSubstr("OG602  warning"));
  EXPECT_THAT(*help_on("og602", {}), StartsWith("OG602 (warning): settings in a file"));
  EXPECT_FALSE(help_on("OG999", {}));
}

TEST(Version, HasTheNumber) { EXPECT_THAT(version_text(), StartsWith("ollama-gpu ")); }

TEST(Program, EveryOptionIsWhole) {
  const Program program;
  for (const auto& [owner, options] : all_options(program)) {
    for (const CLI::Option* option : options) {
      EXPECT_FALSE(option->get_description().empty() || option->get_group().empty())
          << option->get_name();
      // One name means one thing to a command: no global option has it too.
      EXPECT_EQ(program.find_option(nullptr, option->get_name()) != nullptr, owner == nullptr);
    }
  }
}

TEST(Program, EveryOptionThatASettingNamesIsThere) {
  const Program program;
  for (const Setting& setting : known_settings()) {
    if (setting.option.empty()) continue;
    EXPECT_TRUE(program.find_option(std::string(setting.option))) << setting.name;
  }
}

// What __complete prints for the last of these words.
std::string completed(std::vector<std::string> words) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(complete(std::move(words)), 0);
  return testing::internal::GetCapturedStdout();
}

TEST(Completion, HasEveryCommandOptionAndFixedValue) {
  const Program program;
  for (const Command* command : all_commands()) {
    const std::string name(command->name);
    EXPECT_THAT(completed({""}), HasSubstr(name + '\t' + std::string(command->summary) + '\n'));
    const std::string options = completed({name, "-"});
    for (const CLI::Option* option : program.options_of(command)) {
      EXPECT_THAT(options, HasSubstr(option->get_name() + '\t' + option->get_description()));
      if (is_flag(*option)) continue;
      std::istringstream values(program.values_of(*option));
      const std::string start = option->get_name() + '=';
      const std::string offered = completed({name, start});
      for (std::string value; std::getline(values, value, '|');) {
        EXPECT_THAT(offered, HasSubstr(start + value + '\n'));
      }
    }
    EXPECT_THAT(options, HasSubstr("--json\t"));
    EXPECT_THAT(options, HasSubstr("-q\t"));
  }
}

TEST(Completion, OffersWhatTheWordBeforeTakes) {
  EXPECT_EQ(completed({"configure", "--restart", "a"}), "auto\nalways\n");
  EXPECT_EQ(completed({"configure", "--root="}), ":directories\n");
  EXPECT_EQ(completed({"configure", "--config", "x"}), ":files\n");
  EXPECT_EQ(completed({"configure", "--set", "OLLAMA_FLASH_ATTENTION="}),
            "OLLAMA_FLASH_ATTENTION=0\nOLLAMA_FLASH_ATTENTION=1\n");
  EXPECT_EQ(completed({"configure", "--set=OLLAMA_FLASH_ATTENTION=0"}),
            "--set=OLLAMA_FLASH_ATTENTION=0\n");
  EXPECT_EQ(completed({"configure", "--flash-attention", ""}), "on\noff\nauto\n");
  EXPECT_THAT(completed({"configure", "--unset", "OLLAMA_SCH"}),
              HasSubstr("OLLAMA_SCHED_SPREAD\t"));
  EXPECT_THAT(completed({"wait", "--gpus", "0,vendor="}), StartsWith("0,vendor=nvidia\n"));
  EXPECT_THAT(completed({"doctor", "--ignore", "OG10"}), StartsWith("OG101\t"));
  EXPECT_EQ(completed({"--bogus", "--", "-"}), "");
  EXPECT_EQ(completed({"gpus", ""}), "");
}

TEST(ManualPage, NamesEveryCommandOptionAndExitCode) {
  std::ifstream file(SOURCE_DIR "/docs/ollama-gpu.1.md");
  std::stringstream text;
  text << file.rdbuf();
  const Program program;
  for (const auto& [owner, options] : all_options(program)) {
    for (const CLI::Option* option : options) {
      EXPECT_THAT(text.str(), HasSubstr("**\\" + option->get_name() + "**")) << option->get_name();
    }
  }
  for (const Command* command : all_commands()) {
    EXPECT_THAT(text.str(), HasSubstr("**" + std::string(command->name) + "**")) << command->name;
  }
}

Getenv environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(DeriveStyle, ColourIsForTerminalsThatHaveIt) {
  const StreamFacts terminal{true, 100};
  const auto color = [&](const StreamFacts& facts, std::string_view option,
                         std::map<std::string, std::string> variables) {
    return derive_style(facts.terminal, facts.columns, option, environment(std::move(variables)))
        .color;
  };
  EXPECT_TRUE(color(terminal, "auto", {{"TERM", "xterm"}}));
  EXPECT_TRUE(color(terminal, "auto", {{"TERM", "xterm"}, {"NO_COLOR", ""}}));
  EXPECT_FALSE(color(terminal, "auto", {{"TERM", "xterm"}, {"NO_COLOR", "1"}}));
  EXPECT_FALSE(color(terminal, "auto", {{"TERM", "dumb"}}));
  EXPECT_FALSE(color(terminal, "auto", {}));
  EXPECT_FALSE(color({}, "auto", {{"TERM", "xterm"}}));
  EXPECT_TRUE(color({}, "always", {{"NO_COLOR", "1"}}));
  EXPECT_FALSE(color(terminal, "never", {{"TERM", "xterm"}}));
}

TEST(DeriveStyle, WidthAndCharacterSet) {
  const auto style = [](const StreamFacts& facts, std::map<std::string, std::string> variables) {
    return derive_style(facts.terminal, facts.columns, "auto", environment(std::move(variables)));
  };
  EXPECT_EQ(style({true, 132}, {{"COLUMNS", "90"}}).width, 132U);
  EXPECT_EQ(style({true, 0}, {{"COLUMNS", "90"}}).width, 90U);
  EXPECT_EQ(style({true, 0}, {{"COLUMNS", "x"}}).width, 80U);
  EXPECT_EQ(style({true, 5}, {}).width, 40U);
  EXPECT_GT(style({}, {}).width, 1000U);
  EXPECT_EQ(style({}, {{"COLUMNS", "80"}}).width, 80U);
  EXPECT_TRUE(style({}, {{"LANG", "de_DE.UTF-8"}}).utf8);
  EXPECT_TRUE(style({}, {{"LC_ALL", ""}, {"LC_CTYPE", "C.utf8"}}).utf8);
  EXPECT_FALSE(style({}, {{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}).utf8);
  EXPECT_FALSE(style({}, {}).utf8);
  EXPECT_FALSE(style({true, 80}, {{"TERM", "dumb"}}).terminal);
}

}  // namespace
}  // namespace ollama_gpu::cli
