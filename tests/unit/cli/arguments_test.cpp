// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include <gmock/gmock.h>

namespace ollama_gpu::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;
using Kind = SettingChange::Kind;

Invocation read(const Words& words) {
  Invocation invocation = read_arguments(words);
  if (invocation.error) ADD_FAILURE() << invocation.error->message;
  return invocation;
}

Options parsed(const Words& words) { return read(words).options; }

// Every change as "KIND NAME=VALUE by OPTION".
Words changes(const Words& words) {
  Words out;
  for (const SettingChange& change : parsed(words).configure.request.changes) {
    const char* kind = change.kind == Kind::set   ? "set"
                       : change.kind == Kind::off ? "off"
                                                  : "unset";
    out.push_back(std::string(kind) + ' ' + change.name + '=' + change.value + " by " +
                  change.option);
  }
  return out;
}

TEST(Arguments, TheMainCommand) {
  const Invocation invocation = read({"configure", "--gpus", "all", "--spread", "--keep-alive"});
  EXPECT_EQ(invocation.command->name, "configure");
  ASSERT_TRUE(invocation.options.configure.request.gpus);
  EXPECT_TRUE(invocation.options.configure.request.gpus->all);
  EXPECT_EQ(invocation.options.global.unit, "ollama.service");
  EXPECT_EQ(invocation.options.global.command_line,
            "ollama-gpu configure --gpus all --spread --keep-alive");
  EXPECT_THAT(changes({"configure", "--spread", "--keep-alive"}),
              ElementsAre("set OLLAMA_SCHED_SPREAD=1 by --spread",
                          "set OLLAMA_KEEP_ALIVE=-1 by --keep-alive"));
}

TEST(Arguments, TheGate) {
  const auto gate = [](const Words& words) { return parsed(words).configure.request.gate; };
  EXPECT_FALSE(gate({"configure"}));
  ASSERT_TRUE(gate({"configure", "--wait-for-gpus"}));
  EXPECT_EQ(gate({"configure", "--wait-for-gpus"})->seconds, 60U);
  EXPECT_FALSE(gate({"configure", "--wait-for-gpus"})->required);
  EXPECT_EQ(gate({"configure", "--wait-for-gpus=3600"})->seconds, 3600U);
  EXPECT_TRUE(gate({"configure", "--require-gpu", "--wait-for-gpus=5"})->required);
  EXPECT_FALSE(gate({"configure", "--no-wait-for-gpus"})->wanted);
}

TEST(Arguments, Wait) {
  EXPECT_TRUE(parsed({"wait"}).wait.gpus.all);
  EXPECT_EQ(parsed({"wait"}).wait.timeout, 60);
  const Options options = parsed({"wait", "--gpus=0-3", "--timeout", "0.5", "--json"});
  EXPECT_EQ(options.wait.gpus.text, "0-3");
  EXPECT_EQ(options.wait.timeout, 0.5);
  EXPECT_EQ(parsed({"wait", "--timeout=0"}).wait.timeout, 0);
}

TEST(Arguments, EveryTypedSetting) {
  EXPECT_THAT(
      changes({"configure", "--no-spread", "--no-keep-alive", "--num-parallel=4",
               "--max-loaded-models", "2", "--max-queue=64", "--context-length", "8192",
               "--flash-attention=on", "--kv-cache-type=q8_0", "--listen", "0.0.0.0:11435",
               "--models=/srv/models", "--set", "OLLAMA_DEBUG=1", "--set=HTTPS_PROXY=http://p:1",
               "--unset", "OLLAMA_ORIGINS"}),
      ElementsAre("off OLLAMA_SCHED_SPREAD=0 by --no-spread",
                  "off OLLAMA_KEEP_ALIVE=5m by --no-keep-alive",
                  "set OLLAMA_NUM_PARALLEL=4 by --num-parallel",
                  "set OLLAMA_MAX_LOADED_MODELS=2 by --max-loaded-models",
                  "set OLLAMA_MAX_QUEUE=64 by --max-queue",
                  "set OLLAMA_CONTEXT_LENGTH=8192 by --context-length",
                  "set OLLAMA_FLASH_ATTENTION=1 by --flash-attention",
                  "set OLLAMA_KV_CACHE_TYPE=q8_0 by --kv-cache-type",
                  "set OLLAMA_HOST=0.0.0.0:11435 by --listen",
                  "set OLLAMA_MODELS=/srv/models by --models", "set OLLAMA_DEBUG=1 by --set",
                  "set HTTPS_PROXY=http://p:1 by --set", "unset OLLAMA_ORIGINS= by --unset"));
}

TEST(Arguments, KeepAliveTakesItsValueAfterAnEqualsSign) {
  EXPECT_THAT(changes({"configure", "--keep-alive=24h"}),
              ElementsAre("set OLLAMA_KEEP_ALIVE=24h by --keep-alive"));
  EXPECT_THAT(changes({"configure", "--keep-alive=-1"}),
              ElementsAre("set OLLAMA_KEEP_ALIVE=-1 by --keep-alive"));
  EXPECT_THAT(changes({"configure", "--keep-alive", "--spread"}),
              ElementsAre("set OLLAMA_KEEP_ALIVE=-1 by --keep-alive",
                          "set OLLAMA_SCHED_SPREAD=1 by --spread"));
}

TEST(Arguments, WhenIdleHasFiveMinutesUnlessItIsTold) {
  EXPECT_EQ(parsed({"configure", "--when-idle"}).configure.change.when_idle, 300);
  EXPECT_EQ(parsed({"reset", "--when-idle"}).reset.when_idle, 300);
  EXPECT_EQ(parsed({"configure", "--when-idle=0"}).configure.change.when_idle, 0);
  EXPECT_EQ(parsed({"configure", "--preload"}).configure.change.when_idle, std::nullopt);
  EXPECT_TRUE(parsed({"configure", "--preload"}).configure.change.preload);
}

TEST(Arguments, FlashAttention) {
  EXPECT_THAT(changes({"configure", "--flash-attention", "off"}),
              ElementsAre("set OLLAMA_FLASH_ATTENTION=0 by --flash-attention"));
  EXPECT_THAT(changes({"configure", "--flash-attention", "auto"}),
              ElementsAre("unset OLLAMA_FLASH_ATTENTION= by --flash-attention"));
}

TEST(Arguments, ValuesKeepTheirBytes) {
  EXPECT_THAT(changes({"configure", "--set", "A=[x,y]", "--set", "B=", "--set", "C==d=e", "--set",
                       "D=a b\tc", "--set", "E=--spread"}),
              ElementsAre("set A=[x,y] by --set", "set B= by --set", "set C==d=e by --set",
                          "set D=a b\tc by --set", "set E=--spread by --set"));
}

TEST(Arguments, HowItIsDone) {
  const Options options =
      parsed({"configure", "--dry-run", "--check", "--restart=never", "--timeout", "30.5",
              "--settle=0", "--lock-timeout=1", "--no-rollback", "--require-gpu", "--exact",
              "--force", "--gpu-ids=uuid"});
  const app::ChangeOptions& change = options.configure.change;
  EXPECT_TRUE(change.dry_run && change.check && change.no_rollback && change.require_gpu);
  EXPECT_FALSE(change.no_verify);
  EXPECT_EQ(change.restart, app::RestartMode::never);
  EXPECT_EQ(change.timeout, 30.5);
  EXPECT_EQ(change.settle, 0);
  EXPECT_EQ(change.lock_timeout, 1);
  EXPECT_TRUE(options.configure.request.exact && options.configure.request.force);
  EXPECT_EQ(options.configure.request.gpu_ids, GpuIds::uuid);
}

TEST(Arguments, DefaultsOfAChange) {
  const app::ChangeOptions change = parsed({"reset"}).reset;
  EXPECT_EQ(change.timeout, 180);
  EXPECT_EQ(change.settle, std::nullopt);
  EXPECT_EQ(change.lock_timeout, 10);
  EXPECT_EQ(change.restart, app::RestartMode::automatic);
  EXPECT_TRUE(parsed({"reset", "--no-verify"}).reset.no_verify);
}

TEST(Arguments, Rollback) {
  EXPECT_EQ(parsed({"rollback"}).rollback.generation, std::nullopt);
  EXPECT_EQ(parsed({"rollback", "12", "--dry-run"}).rollback.generation, 12U);
  EXPECT_TRUE(parsed({"rollback", "12", "--dry-run"}).rollback.change.dry_run);
  EXPECT_TRUE(parsed({"rollback", "--list"}).list);
}

TEST(Arguments, ChangesKeepTheOrderInWhichTheyWereTyped) {
  const Invocation invocation = read(
      {"configure", "--set", "B=1", "--max-queue", "2", "--spread", "--set=A=1", "--listen=h"});
  std::vector<std::string> names;
  for (const SettingChange& change : invocation.options.configure.request.changes) {
    names.push_back(change.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("B", "OLLAMA_MAX_QUEUE", "OLLAMA_SCHED_SPREAD", "A",
                                          "OLLAMA_HOST"));
}

TEST(Arguments, GlobalOptionsStandBeforeAndAfterTheCommand) {
  for (const Words& words :
       {Words{"--unit", "ollama@gpu0", "--json", "-q", "--color=never", "--user", "status"},
        Words{"status", "--user", "--color", "never", "--unit=ollama@gpu0", "-q", "--json"},
        Words{"--json", "status", "-q", "--unit", "ollama@gpu0", "--color", "never", "--user"}}) {
    const Invocation invocation = read(words);
    EXPECT_EQ(invocation.command->name, "status");
    EXPECT_EQ(invocation.options.global.unit, "ollama@gpu0");
    EXPECT_TRUE(invocation.options.json && invocation.options.global.user);
    EXPECT_EQ(invocation.options.verbosity, ports::Verbosity::quiet);
    EXPECT_EQ(invocation.options.color, "never");
  }
}

TEST(Arguments, LettersMayBeJoined) {
  EXPECT_EQ(parsed({"status", "-v"}).verbosity, ports::Verbosity::verbose);
  EXPECT_TRUE(parsed({"status", "-qh"}).help);
}

TEST(Arguments, OperandsOfShow) {
  EXPECT_THAT(parsed({"show", "A", "--json", "B"}).show.variables, ElementsAre("A", "B"));
  EXPECT_THAT(parsed({"show", "--", "--json"}).show.variables, ElementsAre("--json"));
  EXPECT_THAT(parsed({"show", "A", "--", "-q", "--", "++", "status", "{}"}).show.variables,
              ElementsAre("A", "-q", "--", "++", "status", "{}"));
  EXPECT_FALSE(parsed({"show", "A", "--", "--json"}).json);
  EXPECT_EQ(parsed({"settings", "OLLAMA_HOST"}).subject, "OLLAMA_HOST");
  EXPECT_EQ(read({"--", "status"}).command->name, "status");
}

TEST(Arguments, HelpAndVersion) {
  EXPECT_TRUE(parsed({"--help"}).help);
  EXPECT_EQ(read({"--help"}).command, nullptr);
  EXPECT_EQ(read({"configure", "--help"}).command->name, "configure");
  EXPECT_TRUE(parsed({"-h", "status"}).help);
  EXPECT_EQ(read({"-h", "status"}).command->name, "status");
  EXPECT_TRUE(parsed({"--version", "--json"}).version);
}

TEST(Arguments, TheSameTwiceIsOnce) {
  EXPECT_THAT(changes({"configure", "--spread", "--spread", "--max-queue=5", "--max-queue", "5",
                       "--set", "A=1", "--set", "A=1"}),
              ElementsAre("set OLLAMA_SCHED_SPREAD=1 by --spread",
                          "set OLLAMA_MAX_QUEUE=5 by --max-queue", "set A=1 by --set"));
}

TEST(Arguments, ForceLetsAValueThroughThatOllamaWouldMisread) {
  EXPECT_THAT(changes({"configure", "--keep-alive=1d", "--force"}),
              ElementsAre("set OLLAMA_KEEP_ALIVE=1d by --keep-alive"));
}

TEST(Arguments, OfStatusAndVerify) {
  EXPECT_TRUE(parsed({"status", "--watch"}).watch);
  EXPECT_FALSE(parsed({"status"}).watch);
  EXPECT_EQ(parsed({"verify"}).verify.load, "");
  const Options options = parsed({"verify", "--load", "llama3.3:70b", "--force"});
  EXPECT_EQ(options.verify.load, "llama3.3:70b");
  EXPECT_TRUE(options.verify.force);
}

TEST(Arguments, HowAnErrorIsToldIsWhatTheArgumentsSay) {
  const auto wrong = [](const Words& words) {
    const Invocation invocation = read_arguments(words);
    EXPECT_TRUE(invocation.error) << words.back();
    return invocation;
  };
  // What is before the wrong word, and what is after it.
  EXPECT_TRUE(wrong({"configure", "--nonsense", "--json"}).options.json);
  EXPECT_TRUE(wrong({"configure", "--json", "--gpus", "0,,1"}).options.json);
  EXPECT_TRUE(wrong({"configure", "--restart", "maybe", "--json"}).options.json);
  EXPECT_TRUE(wrong({"status", "--color", "purple", "--json"}).options.json);
  EXPECT_TRUE(wrong({"statsu", "--json"}).options.json);
  EXPECT_FALSE(wrong({"gpus", "--", "--json"}).options.json);
  EXPECT_EQ(wrong({"status", "--bogus", "--color", "never"}).options.color, "never");
  EXPECT_EQ(wrong({"status", "--bogus", "--color=always"}).options.color, "always");
  EXPECT_EQ(wrong({"status", "--color=purple"}).options.color, "auto");
  EXPECT_EQ(wrong({"status", "--bogus", "-qv"}).options.verbosity, ports::Verbosity::verbose);
  EXPECT_EQ(wrong({"status", "--bogus", "-q"}).options.verbosity, ports::Verbosity::quiet);
}

TEST(Arguments, TheCommandOfAnErrorIsTheCommand) {
  const auto command = [](const Words& words) {
    const Invocation invocation = read_arguments(words);
    EXPECT_TRUE(invocation.error) << words.back();
    return invocation.command == nullptr ? "" : std::string(invocation.command->name);
  };
  EXPECT_EQ(command({"--unit", "status", "verify", "--bogus", "--json"}), "verify");
  EXPECT_EQ(command({"--unit=status", "verify", "--bogus", "--json"}), "verify");
  EXPECT_EQ(command({"--json", "reset", "x"}), "reset");
  EXPECT_EQ(command({"restet"}), "");
  EXPECT_EQ(command({"restet", "status"}), "");
}

TEST(Arguments, HelpStandsBeforeWhatIsWrongBesideIt) {
  EXPECT_TRUE(parsed({"configure", "--bogus", "--help"}).help);
  EXPECT_TRUE(parsed({"configure", "--gpus", "0,,1", "-h"}).help);
  EXPECT_TRUE(parsed({"--help", "completion"}).help);
  EXPECT_THAT(read_arguments({"confgure", "--help"}).error->message, HasSubstr("configure?"));
  EXPECT_THAT(read_arguments({"--bogus", "--help"}).error->message, HasSubstr("--bogus"));
}

TEST(Mask, SecretsAreNotKept) {
  EXPECT_EQ(masked_command_line({"configure", "--set", "OPENAI_API_KEY=abc", "--set=my_token=x"}),
            "ollama-gpu configure --set OPENAI_API_KEY=*** --set=my_token=***");
  EXPECT_EQ(masked_command_line({"--set", "HTTPS_PROXY=http://u:p@h:1/x"}),
            "ollama-gpu --set HTTPS_PROXY=http://***@h:1/x");
  EXPECT_EQ(masked_command_line({"--set", "X=http://a:b@h,http://c@i"}),
            "ollama-gpu --set X=http://***@h,http://***@i");
  EXPECT_EQ(masked_command_line({"--set", "A=http://h/x@y", "--listen", "h:1"}),
            "ollama-gpu --set A=http://h/x@y --listen h:1");
}

TEST(Mask, WordsAreQuotedForAShell) {
  EXPECT_EQ(masked_command_line({"--gpus", "name=*", "--set", "A_KEY=b", "--set", "B KEY=c"}),
            "ollama-gpu --gpus 'name=*' --set A_KEY=*** --set 'B KEY=***'");
  EXPECT_EQ(masked_command_line({"--set", "A=b c", "", "it's", "\x1b\xff"}),
            "ollama-gpu --set 'A=b c' '' 'it'\\''s' '\\x1b\\xff'");
}

}  // namespace
}  // namespace ollama_gpu::cli
