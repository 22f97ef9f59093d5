// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/arguments.hpp"

#include <gmock/gmock.h>

namespace ollama_gpu::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;
using Kind = SettingChange::Kind;

Invocation parsed(const Words& words) {
  auto invocation = parse_arguments(words);
  if (!invocation) ADD_FAILURE() << invocation.error().message;
  return invocation ? *invocation : Invocation{};
}

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
  const Invocation invocation = parsed({"configure", "--gpus", "all", "--spread", "--keep-alive"});
  EXPECT_EQ(invocation.command->name, "configure");
  ASSERT_TRUE(invocation.configure.request.gpus);
  EXPECT_TRUE(invocation.configure.request.gpus->all);
  EXPECT_EQ(invocation.global.unit, "ollama.service");
  EXPECT_EQ(invocation.global.command_line,
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
  const Invocation invocation = parsed({"wait", "--gpus=0-3", "--timeout", "0.5", "--json"});
  EXPECT_EQ(invocation.wait.gpus.text, "0-3");
  EXPECT_EQ(invocation.wait.timeout, 0.5);
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
  EXPECT_EQ(parsed({"reset", "--when-idle"}).configure.change.when_idle, 300);
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
  const Invocation invocation =
      parsed({"configure", "--dry-run", "--check", "--restart=never", "--timeout", "30.5",
              "--settle=0", "--lock-timeout=1", "--no-rollback", "--require-gpu", "--exact",
              "--force", "--gpu-ids=uuid"});
  const app::ChangeOptions& change = invocation.configure.change;
  EXPECT_TRUE(change.dry_run && change.check && change.no_rollback && change.require_gpu);
  EXPECT_FALSE(change.no_verify);
  EXPECT_EQ(change.restart, app::RestartMode::never);
  EXPECT_EQ(change.timeout, 30.5);
  EXPECT_EQ(change.settle, 0);
  EXPECT_EQ(change.lock_timeout, 1);
  EXPECT_TRUE(invocation.configure.request.exact && invocation.configure.request.force);
  EXPECT_EQ(invocation.configure.request.gpu_ids, GpuIds::uuid);
}

TEST(Arguments, DefaultsOfAChange) {
  const app::ChangeOptions change = parsed({"reset"}).configure.change;
  EXPECT_EQ(change.timeout, 120);
  EXPECT_EQ(change.settle, std::nullopt);
  EXPECT_EQ(change.lock_timeout, 10);
  EXPECT_EQ(change.restart, app::RestartMode::automatic);
  EXPECT_TRUE(parsed({"reset", "--no-verify"}).configure.change.no_verify);
}

TEST(Arguments, Rollback) {
  EXPECT_EQ(parsed({"rollback"}).generation, std::nullopt);
  EXPECT_EQ(parsed({"rollback", "12", "--dry-run"}).generation, 12U);
  EXPECT_TRUE(parsed({"rollback", "12", "--dry-run"}).configure.change.dry_run);
  EXPECT_TRUE(parsed({"rollback", "--list"}).list);
}

TEST(Arguments, GlobalOptionsStandBeforeAndAfterTheCommand) {
  for (const Words& words :
       {Words{"--unit", "ollama@gpu0", "--json", "-q", "--color=never", "--user", "status"},
        Words{"status", "--user", "--color", "never", "--unit=ollama@gpu0", "-q", "--json"},
        Words{"--json", "status", "-q", "--unit", "ollama@gpu0", "--color", "never", "--user"}}) {
    const Invocation invocation = parsed(words);
    EXPECT_EQ(invocation.command->name, "status");
    EXPECT_EQ(invocation.global.unit, "ollama@gpu0");
    EXPECT_TRUE(invocation.json && invocation.global.user);
    EXPECT_EQ(invocation.verbosity, ports::Verbosity::quiet);
    EXPECT_EQ(invocation.color, "never");
  }
}

TEST(Arguments, LettersMayBeJoined) {
  EXPECT_EQ(parsed({"status", "-v"}).verbosity, ports::Verbosity::verbose);
  EXPECT_TRUE(parsed({"status", "-qh"}).help);
}

TEST(Arguments, OperandsOfShow) {
  EXPECT_THAT(parsed({"show", "A", "--json", "B"}).operands, ElementsAre("A", "B"));
  EXPECT_THAT(parsed({"show", "--", "--json"}).operands, ElementsAre("--json"));
  EXPECT_THAT(parsed({"settings", "OLLAMA_HOST"}).operands, ElementsAre("OLLAMA_HOST"));
}

TEST(Arguments, HelpAndVersion) {
  EXPECT_TRUE(parsed({"--help"}).help);
  EXPECT_EQ(parsed({"--help"}).command, nullptr);
  EXPECT_EQ(parsed({"configure", "--help"}).command->name, "configure");
  EXPECT_TRUE(parsed({"-h", "status"}).help);
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
  const Invocation invocation = parsed({"verify", "--load", "llama3.3:70b", "--force"});
  EXPECT_EQ(invocation.verify.load, "llama3.3:70b");
  EXPECT_TRUE(invocation.verify.force);
  EXPECT_FALSE(parse_arguments({"verify", "--force"}));
  EXPECT_FALSE(parse_arguments({"verify", "--load="}));
  EXPECT_FALSE(parse_arguments({"verify", "--watch"}));
}

TEST(Arguments, JsonIsKnownBeforeTheArgumentsAreUnderstood) {
  EXPECT_TRUE(wants_json({"configure", "--nonsense", "--json"}));
  EXPECT_FALSE(wants_json({"show", "--", "--json"}));
  EXPECT_EQ(command_named({"--json", "reset", "x"}), "reset");
  EXPECT_EQ(command_named({"restet"}), "");
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
  EXPECT_EQ(masked_command_line({"--set", "A=b c", "", "it's", "\x1b\xff"}),
            "ollama-gpu --set 'A=b c' '' 'it'\\''s' '\\x1b\\xff'");
}

}  // namespace
}  // namespace ollama_gpu::cli
