// SPDX-License-Identifier: MIT
#include "cli/settle_words.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "cli/arguments.hpp"

namespace ollama_gpu::cli {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

Words settled(const Words& words) {
  const Program program;
  return settle_words(program, words).words;
}

TEST(SettleWords, AValueIsAWordOfItsOwn) {
  EXPECT_THAT(settled({"--json", "configure", "--gpus=0,1", "-qv"}),
              ElementsAre("configure", "--json", "--gpus", "0,1", "--quiet", "--verbose"));
  EXPECT_THAT(settled({"configure", "--set=", "--unset", ""}),
              ElementsAre("configure", "--set", "", "--unset", ""));
  EXPECT_THAT(settled({"configure", "--set", "--json=x=y", "--models=--gpus"}),
              ElementsAre("configure", "--models", "--gpus"));
}

TEST(SettleWords, AnOptionalValueStandsAfterAnEqualsSignOrIsTheDefault) {
  EXPECT_THAT(
      settled({"configure", "--keep-alive", "--when-idle=7", "--wait-for-gpus"}),
      ElementsAre("configure", "--keep-alive", "-1", "--when-idle", "7", "--wait-for-gpus", "60"));
}

TEST(SettleWords, OperandsComeLast) {
  EXPECT_THAT(settled({"show", "A", "--json", "--", "-q", "--"}),
              ElementsAre("show", "--json", "--", "A", "-q", "--"));
  EXPECT_THAT(settled({"--", "help", "status"}), ElementsAre("help", "--", "status"));
}

TEST(SettleWords, AValueIsNoCommand) {
  const Program program;
  const auto command = [&](const Words& words) { return settle_words(program, words).command; };
  EXPECT_EQ(command({"--unit", "status", "verify"}), &kVerify);
  EXPECT_EQ(command({"--timeout", "5", "wait"}), &kWait);
  EXPECT_EQ(command({"--keep-alive", "status"}), &kStatus);
  EXPECT_EQ(command({"statsu", "status"}), nullptr);
}

// Command lines out of words that mean something somewhere.
class RandomLine {
 public:
  explicit RandomLine(unsigned seed) : random_(seed) {
    const Program program;
    for (const Command* command : all_commands()) {
      pool_.emplace_back(command->name);
      for (const CLI::Option* option : program.options_of(command)) add(*option);
    }
    for (const CLI::Option* option : program.options_of(nullptr)) add(*option);
    for (const char* word :
         {"--",  "-",   "",     "-1", "-q",  "-qv",   "-x", "++", "=",    "--=",   "--x",
          "all", "0,1", "auto", "5",  "A=1", "[a,b]", "{}", "%%", "\xff", "--\xff"}) {
      pool_.emplace_back(word);
    }
  }

  Words next() {
    Words out(random_() % 7);
    std::ranges::generate(out, [&] { return pool_[random_() % pool_.size()]; });
    return out;
  }

 private:
  void add(const CLI::Option& option) {
    if (option.get_name() == "--config") return;  // reads files
    for (const char* value : {"", "=", "=5", "=all", "=never"})
      pool_.push_back(option.get_name() + value);
  }

  std::mt19937 random_;
  Words pool_ = {};
};

// What CLI11 is given it reads without a guess, whatever was typed.
TEST(SettleWords, GivesCli11WholeOptions) {
  const Program program;
  RandomLine lines(1);
  for (int i = 0; i < 2000; ++i) {
    const Words words = lines.next();
    const Settled settled = settle_words(program, words);
    const std::string shown = testing::PrintToString(words);
    std::size_t at = settled.command == nullptr ? 0 : 1;
    for (; at < settled.words.size() && settled.words[at] != "--"; ++at) {
      const auto option = program.find_option(settled.command, settled.words[at]);
      ASSERT_TRUE(option) << settled.words[at] << " in " << shown;
      if (is_flag(*option)) continue;
      ASSERT_LT(++at, settled.words.size()) << shown;
    }
    const CLI::Option* operands =
        settled.command == nullptr ? nullptr : program.operands_of(*settled.command);
    const auto most = static_cast<std::size_t>(operands ? operands->get_expected_max() : 0);
    ASSERT_LE(settled.words.size() - std::min(at + 1, settled.words.size()), most) << shown;
  }
}

// Every line is either run or refused with a message and a hint, of one line each.
TEST(Arguments, AnyLineIsRunOrRefused) {
  RandomLine lines(2);
  for (int i = 0; i < 250; ++i) {
    const Words words = lines.next();
    const Invocation invocation = read_arguments(words);
    const std::string shown = testing::PrintToString(words);
    if (!invocation.error) {
      const bool helped = invocation.options.help || invocation.options.version;
      ASSERT_TRUE(helped || invocation.command != nullptr) << shown;
      continue;
    }
    ASSERT_EQ(invocation.error->code, Errc::usage) << shown;
    ASSERT_FALSE(invocation.error->message.empty()) << shown;
    ASSERT_FALSE(invocation.error->hint.empty()) << shown;
    ASSERT_EQ(invocation.error->message.find("were not expected"), std::string::npos) << shown;
  }
}

}  // namespace
}  // namespace ollama_gpu::cli
