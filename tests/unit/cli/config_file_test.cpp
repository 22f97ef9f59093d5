// SPDX-License-Identifier: MIT
#include "cli/config_file.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/arguments.hpp"

namespace ollama_gpu::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

// Every option as the command line has it.
Words options_of(const std::string& text) {
  const Program program;
  const auto options = parse_config(program, "c.toml", text);
  if (!options) return {"error: " + options.error().message};
  Words out;
  for (const FileOption& given : *options) out.push_back(given.word);
  return out;
}

TEST(ConfigFile, KeysAreTheOptions) {
  EXPECT_THAT(
      options_of(R"(gpus = "0-3"
gpu-ids = "uuid"
spread = true
keep-alive = "24h"
num-parallel = 4
settle = 0.5
exact = true
force = false
listen = "0.0.0.0"
unset = ["A", "B"]

[set]
OLLAMA_DEBUG = 1
HTTPS_PROXY = "http://p:1"
)"),
      ElementsAre("--gpus=0-3", "--gpu-ids=uuid", "--spread", "--keep-alive=24h",
                  "--num-parallel=4", "--settle=0.5", "--exact", "--listen=0.0.0.0", "--unset=A",
                  "--unset=B", "--set=OLLAMA_DEBUG=1", "--set=HTTPS_PROXY=http://p:1"));
}

TEST(ConfigFile, ListsAreLists) {
  EXPECT_THAT(options_of("gpus = [0, 1]"), ElementsAre("--gpus=0,1"));
  EXPECT_THAT(options_of("gpus = [\"0-2\", \"GPU-58a8\"]"), ElementsAre("--gpus=0-2,GPU-58a8"));
  EXPECT_THAT(options_of("unset = \"A\""), ElementsAre("--unset=A"));
}

TEST(ConfigFile, FalseIsTheOppositeWhereThereIsOne) {
  EXPECT_THAT(options_of("spread = false\nkeep-alive = false\nforce = false"),
              ElementsAre("--no-spread", "--no-keep-alive"));
  EXPECT_THAT(options_of("keep-alive = true\nno-spread = true"),
              ElementsAre("--keep-alive", "--no-spread"));
  EXPECT_THAT(options_of("wait-for-gpus = true"), ElementsAre("--wait-for-gpus"));
  EXPECT_THAT(options_of("wait-for-gpus = 90"), ElementsAre("--wait-for-gpus=90"));
  EXPECT_THAT(options_of("wait-for-gpus = false"), ElementsAre("--no-wait-for-gpus"));
  EXPECT_THAT(options_of("keep-alive = 300"), ElementsAre("--keep-alive=300"));
  EXPECT_THAT(options_of(""), ElementsAre());
}

struct Broken {
  std::string text;
  std::string message;
  std::string hint;
  std::size_t line;
  std::size_t column;
  std::string shown;
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.text; }

class BrokenConfig : public testing::TestWithParam<Broken> {};

TEST_P(BrokenConfig, IsAUsageErrorWithItsPlace) {
  const Broken& broken = GetParam();
  const Program program;
  const auto options = parse_config(program, "c.toml", broken.text);
  ASSERT_FALSE(options.has_value());
  const Error& error = options.error();
  EXPECT_EQ(error.code, Errc::usage);
  EXPECT_THAT(error.message, HasSubstr(broken.message));
  EXPECT_THAT(error.hint, HasSubstr(broken.hint));
  ASSERT_TRUE(error.location);
  EXPECT_EQ(error.location->file, "c.toml");
  EXPECT_EQ(error.location->line, broken.line);
  EXPECT_EQ(error.location->column, broken.column);
  EXPECT_EQ(error.location->text, broken.shown);
}

const Broken kBroken[] = {
    {"\nkeepalive = true", "unknown key keepalive; did you mean keep-alive?",
     "options of configure", 2, 1, "keepalive = true"},
    {"num_parallel = 1", "did you mean num-parallel?", "gpus, gpu-ids", 1, 1, "num_parallel = 1"},
    {"xyzzy = 1", "unknown key xyzzy", "", 1, 1, "xyzzy = 1"},
    {"config = \"x\"", "config cannot stand in this file", "--config on the command line", 1, 1,
     "config = \"x\""},
    {"unit = \"x\"", "unit cannot stand in this file", "--unit on the command line", 1, 1,
     "unit = \"x\""},
    {"  spread = 2", "spread takes true or false", "--spread", 1, 12, "  spread = 2"},
    {"gpus = true", "gpus takes a string or a number", "--gpus", 1, 8, "gpus = true"},
    {"gpus = []", "gpus takes a string or a number", "", 1, 8, "gpus = []"},
    {"gpus = [true]", "gpus takes a string or a number", "", 1, 8, "gpus = [true]"},
    {"dry-run = true", "dry-run cannot stand in this file", "it is of one run", 1, 1,
     "dry-run = true"},
    {"OLLAMA_KEEP_ALIVE = \"1h\"", "unknown key OLLAMA_KEEP_ALIVE",
     "variables stand under [set]; this one has a key, keep-alive", 1, 1,
     "OLLAMA_KEEP_ALIVE = \"1h\""},
    {"OLLAMA_NEW = 1", "unknown key OLLAMA_NEW", "variables stand under [set]", 1, 1,
     "OLLAMA_NEW = 1"},
    {"[configure]\nspread = true", "unknown key configure", "leave [configure] out", 1, 2,
     "[configure]"},
    {"gpus = \u201call\u201d", "\u201c' is not ASCII", "write gpus = \"all\"", 1, 8,
     "gpus = \u201call\u201d"},
    {"set = 1", "set takes a table", "", 1, 7, "set = 1"},
    {"[set]\nA = true", "A takes a string or a number", "write A = \"1\"", 2, 5, "A = true"},
    {"[set]\nA = [1]", "set takes strings or numbers", "", 2, 5, "A = [1]"},
    {"unset = 1", "unset takes an array", "", 1, 9, "unset = 1"},
    {"unset = [1]", "unset takes names", "", 1, 10, "unset = [1]"},
    {"# 多卡\ngpus = ", "", "TOML", 2, 8, "gpus = "},
    {"gpus = \"0\"\ngpus = \"1\"", "", "TOML", 2, 8, "gpus = \"1\""},
};

INSTANTIATE_TEST_SUITE_P(Table, BrokenConfig, testing::ValuesIn(kBroken));

TEST(ConfigFile, DeepKeysAreAnErrorAndNoCrash) {
  std::string key = "a";
  for (int i = 0; i < 140'000; ++i) key += ".a";
  const std::string quoted = "\"b\"" + key.substr(1);
  for (const std::string& text : {"[" + key + "]\n", key + " = 1\n", "set = {" + key + " = 1}\n",
                                  "spread = true\n[set]\n" + key + "=1\n", quoted + " = 1\n"}) {
    EXPECT_THAT(options_of(text), ElementsAre("error: a key with more than 1000 parts"));
  }
  EXPECT_THAT(options_of("gpus = \"" + std::string(5000, '.') + "\"\n"), testing::SizeIs(1));
}

TEST(ConfigFile, MoreSettingsThanAnybodyHasAreAnError) {
  std::string text = "[set]\n";
  for (int i = 0; i < 1000; ++i) text += "A" + std::to_string(i) + " = 1\n";
  EXPECT_THAT(options_of(text), testing::SizeIs(1000));
  EXPECT_THAT(options_of(text + "B = 1\n"),
              ElementsAre("error: 1001 settings in one file: at most 1000"));
}

TEST(ConfigFile, TextThatIsNotUtf8IsAnError) {
  EXPECT_FALSE(parse_config(Program(), "c.toml", "gpus = \"\xff\"").has_value());
  EXPECT_FALSE(parse_config(Program(), "c.toml", std::string("\0", 1)).has_value());
}

TEST(ConfigFile, AColumnCountsBytes) {
  const Program program;
  const auto options = parse_config(program, "c.toml", "set = {A = \"多卡\", B = true}");
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().location->column, 26U);
}

class ConfigOnDisk : public testing::Test {
 protected:
  ConfigOnDisk() {
    std::string pattern = testing::TempDir() + "ollama-gpu-config-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ / "c.toml";
  }
  ~ConfigOnDisk() override { std::filesystem::remove_all(directory_); }

  Invocation with_file(const std::string& text, Words more = {}) {
    std::ofstream(path_) << text;
    Words words{"configure", "--config", path_.string()};
    words.insert(words.end(), more.begin(), more.end());
    return read_arguments(words);
  }

  std::filesystem::path directory_ = {};
  std::filesystem::path path_ = {};
};

TEST_F(ConfigOnDisk, TheCommandLineWins) {
  const auto invocation =
      with_file("gpus = \"all\"\nspread = true\nkeep-alive = \"1h\"\ntimeout = 5\nmax-queue = 9\n",
                {"--no-spread", "--set", "OLLAMA_KEEP_ALIVE=2h", "--gpus", "0", "--timeout=7"});
  ASSERT_FALSE(invocation.error) << invocation.error->message;
  const ConfigureRequest& request = invocation.options.configure.request;
  Words changes;
  for (const SettingChange& change : request.changes)
    changes.push_back(change.name + '=' + change.value);
  EXPECT_THAT(changes,
              ElementsAre("OLLAMA_MAX_QUEUE=9", "OLLAMA_SCHED_SPREAD=0", "OLLAMA_KEEP_ALIVE=2h"));
  EXPECT_EQ(request.gpus->text, "0");
  EXPECT_EQ(invocation.options.configure.change.timeout, 7);
}

TEST_F(ConfigOnDisk, TheCommandLineDecidesTheGate) {
  const auto without = with_file("wait-for-gpus = 90", {"--no-wait-for-gpus"});
  ASSERT_FALSE(without.error) << without.error->message;
  EXPECT_FALSE(without.options.configure.request.gate->wanted);
  const auto with = with_file("wait-for-gpus = false", {"--wait-for-gpus=7"});
  ASSERT_FALSE(with.error) << with.error->message;
  EXPECT_EQ(with.options.configure.request.gate->seconds, 7U);
}

TEST_F(ConfigOnDisk, WhatTheCommandLineExcludesIsDecidedToo) {
  const auto invocation = with_file("require-gpu = true\npreload = true", {"--no-verify"});
  ASSERT_FALSE(invocation.error) << invocation.error->message;
  EXPECT_TRUE(invocation.options.configure.change.no_verify);
  EXPECT_FALSE(invocation.options.configure.change.require_gpu);
  EXPECT_FALSE(invocation.options.configure.change.preload);
}

TEST_F(ConfigOnDisk, OneVariableIsDecidedByWhateverOptionNamesIt) {
  const auto changes = [this](const std::string& text, const Words& more) {
    const auto invocation = with_file(text, more);
    EXPECT_FALSE(invocation.error) << invocation.error->message;
    Words out;
    for (const SettingChange& change : invocation.options.configure.request.changes) {
      out.push_back(change.name + '=' + change.value);
    }
    return out;
  };
  EXPECT_THAT(changes("[set]\nA = 1\nB = 2", {"--unset", "A"}), ElementsAre("B=2", "A="));
  EXPECT_THAT(changes("unset = [\"A\"]", {"--set", "A=1", "--set", "B=2"}),
              ElementsAre("A=1", "B=2"));
  EXPECT_THAT(changes("[set]\nOLLAMA_HOST = \"h\"", {"--listen", "i"}),
              ElementsAre("OLLAMA_HOST=i"));
}

TEST_F(ConfigOnDisk, AWrongValueHasItsPlace) {
  for (const auto& [text, message] :
       {std::pair<std::string, std::string>{"\nkeep-alive = \"1d\"", "1d"},
        {"\ngpus = \"0,,\"", "0,,"},
        {"\nrestart = \"maybe\"", "--restart takes auto, never or always"},
        {"\ntimeout = \"soon\"", "number of seconds"},
        {"\nset = {OLLAMA_KEEPALIVE = \"1h\"}", "did you mean OLLAMA_KEEP_ALIVE?"}}) {
    const auto invocation = with_file(text);
    ASSERT_TRUE(invocation.error) << text;
    EXPECT_EQ(invocation.error->code, Errc::usage);
    EXPECT_THAT(invocation.error->message, HasSubstr(message));
    ASSERT_TRUE(invocation.error->location) << text;
    EXPECT_EQ(invocation.error->location->file, path_.string());
    EXPECT_EQ(invocation.error->location->line, 2U);
    EXPECT_EQ(invocation.error->location->text, text.substr(1));
  }
}

TEST_F(ConfigOnDisk, OptionsOfAFileMayContradictToo) {
  const auto invocation = with_file("spread = true\nno-spread = true");
  ASSERT_TRUE(invocation.error);
  EXPECT_THAT(invocation.error->message, HasSubstr("contradict"));
  EXPECT_TRUE(invocation.error->location);
}

TEST_F(ConfigOnDisk, AnEndlessFileIsRefused) {
  const auto invocation = read_arguments({"configure", "--config", "/dev/zero"});
  ASSERT_TRUE(invocation.error);
  EXPECT_THAT(invocation.error->message, HasSubstr("1 MiB"));
}

TEST(Seconds, AreStrict) {
  EXPECT_EQ(parse_seconds("0"), 0);
  EXPECT_EQ(parse_seconds("0.25"), 0.25);
  EXPECT_EQ(parse_seconds("120"), 120);
  for (const char* wrong : {"", ".", "1.", ".5", "+1", "-1", "1s", "0x10", " 1", "1 ", "inf"}) {
    EXPECT_EQ(parse_seconds(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace ollama_gpu::cli
