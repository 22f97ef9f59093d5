// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "cli/arguments.hpp"
#include "cli/completion/script.hpp"
#include "cli/help.hpp"

namespace ollama_gpu::cli {
namespace {

using Words = std::vector<std::string>;

struct Wrong {
  Words words;
  std::string message;  // a part of it
  std::string hint;     // a part of it
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  for (const std::string& word : wrong.words) *out << word << ' ';
}

class WrongInput : public testing::TestWithParam<Wrong> {};

TEST_P(WrongInput, IsAUsageErrorThatSaysWhatToWrite) {
  const auto error = read_arguments(GetParam().words).error;
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::usage);
  EXPECT_THAT(error->message, testing::HasSubstr(GetParam().message));
  EXPECT_THAT(error->hint, testing::HasSubstr(GetParam().hint));
  EXPECT_FALSE(error->hint.empty());
}

const Wrong kWrong[] = {
    {{"--json"}, "no command was given", "ollama-gpu --help"},
    {{"--spread"}, "--spread belongs to configure", "write ollama-gpu configure --spread"},
    {{"--gpsu", "all"}, "there is no command 'all'", "commands:"},
    {{"--gpsu"}, "ollama-gpu has no option --gpsu; did you mean --gpus?", "ollama-gpu --help"},
    {{"configure", "gpus=all"}, "did you mean --gpus=all?", "configure --gpus=all"},
    {{"configure", "all"}, "did you mean --gpus all?", "configure --gpus all"},
    {{"configure", "spread"}, "did you mean --spread?", "configure --spread"},
    {{"configure", "CUDA_VISIBLE_DEVICES=0,1"}, "did you mean --gpus 0,1?", "--gpus 0,1"},
    {{"configure", "--set", "A=1", "BC_D=2"}, "did you mean --set BC_D=2?", "--set BC_D=2"},
    {{"configure", "--gpus", "0", "1", "2", "3"}, "'1' follows", "--gpus 0,1,2,3"},
    {{"configure", "\u2014\u2014gpus", "all"}, "is not ASCII", "write --gpus"},
    {{"configure", "\u2014gpus", "all"}, "is not ASCII", "write --gpus"},
    {{"configure", "\u2013-gpus=all"}, "is not ASCII", "write --gpus"},
    {{"\u2014\u2014version"}, "is not ASCII", "write --version"},
    {{"configure", "--gpus", "all\u3002"}, "is not ASCII", "write all"},
    {{"configure", "--gpus", "0;1"}, "is no id", "write 0,1"},
    {{"configure", "--gpus", "0..3"}, "is no id", "write 0-3"},
    {{"configure", "--sched-spread"}, "did you mean --spread?", "--help"},
    {{"configure", "--ollama-keep-alive=1h"}, "did you mean --keep-alive?", "--help"},
    {{"configure", "--flash-attention", "true"}, "takes on, off or auto", "--flash-attention on"},
    {{"configure", "--keep-alive=1d"}, "--keep-alive (OLLAMA_KEEP_ALIVE) does not", "write 24h"},
    {{"configure", "-n"}, "did you mean --dry-run?", "--help"},
    {{"configure", "-y"}, "it asks nothing without --confirm", "leave it out"},
    {{"status", "-o", "json"}, "did you mean --json?", "--help"},
    {{"gpus", "--no-color"}, "did you mean --color=never?", "--help"},
    {{"configure", "--confirm", "--check"}, "contradict each other", "--help"},
    {{"show", "--toml", "A"}, "takes no", "give one of them"},
    {{"version"}, "did you mean --version?", "commands:"},
    {{"plan"}, "did you mean configure --dry-run?", "commands:"},
    {{"explain"}, "did you mean help?", "commands:"},
    {{"restart"}, "did you mean systemctl restart ollama?", "systemctl restart ollama"},
    {{"verify", "--timeout", "5"}, "only with --probe", "--probe MODEL"},
    {{"verify", "--probe", ""}, "--probe needs a model", "ollama list"},
    {{"--fix"}, "--fix belongs to doctor", "write ollama-gpu doctor --fix"},
    {{"--set", "--root", "/"}, "no command was given; --set belongs to configure", "--set"},
    {{"statsu"}, "no command 'statsu'; did you mean status?", "commands: configure, reset"},
    {{"confgure", "--gpus", "all"}, "did you mean configure?", "commands:"},
    {{"xyzzy"}, "there is no command 'xyzzy'", "commands:"},
    {{"rolback"}, "did you mean rollback?", "commands:"},
    {{"undo"}, "no command 'undo'; did you mean rollback?", "commands:"},
    {{"remove"}, "did you mean reset?", "commands:"},
    {{"unset", "OLLAMA_KEEP_ALIVE"}, "mean configure --unset OLLAMA_KEEP_ALIVE?", "commands:"},
    {{"unset"}, "did you mean configure --unset NAME?", "commands:"},
    {{"-q", "remove", "OLLAMA_DEBUG"}, "mean configure --unset OLLAMA_DEBUG?", "commands:"},
    {{"set", "A=b c"}, "did you mean configure --set 'A=b c'?", "commands:"},
    {{"rollback", "last"}, "the number of a generation, not 'last'", "rollback --list"},
    {{"rollback", "0"}, "not '0'", "rollback --list"},
    {{"rollback", "-1"}, "rollback has no option -1", "rollback --help"},
    {{"rollback", "1", "2"}, "rollback does not take '2'", "rollback --help"},
    {{"rollback", "--list", "1"}, "--list takes no generation", "one of them"},
    {{"rollback", "--list", "--dry-run"}, "contradict each other", "rollback --help"},
    {{"reset", "--list"}, "it belongs to rollback", "reset --help"},
    {{"doctr"}, "did you mean doctor?", "commands:"},
    {{"doctor", "--ignore", "OG999"}, "there is no finding 'OG999'", "help findings"},
    {{"doctor", "--fail-on", "info"}, "--fail-on takes error or warning, not 'info'", "doctor"},
    {{"doctor", "--format", "xml"}, "--format takes text or github, not 'xml'", "doctor"},
    {{"doctor", "--format", "github", "--json"}, "contradict each other", "one of them"},
    {{"doctor", "--dry-run"}, "doctor takes --dry-run only with --fix", "changes nothing"},
    {{"doctor", "--fix", "--format", "github"}, "contradict each other", "one of them"},
    {{"doctor", "--gpus", "all"}, "doctor has no option --gpus: it belongs to configure", "doctor"},
    {{""}, "there is no command ''", "commands:"},
    {{"configure", "--gpsu", "all"}, "no option --gpsu; did you mean --gpus?", "configure --help"},
    {{"configure", "--keepalive"}, "did you mean --keep-alive?", "configure --help"},
    {{"configure", "--nonsense"}, "configure has no option --nonsense", "configure --help"},
    {{"configure", "-x"}, "configure has no option -x", "configure --help"},
    {{"verify", "--watch"}, "it belongs to status", "verify --help"},
    {{"verify", "--load="}, "--load needs a model", "ollama list"},
    {{"status", "--load", "m"}, "it belongs to verify", "status --help"},
    {{"reset", "--gpus", "all"}, "it belongs to configure", "reset --help"},
    {{"status", "--dry-run"},
     "it belongs to configure, reset, rollback and doctor",
     "status --help"},
    {{"configure", "--keep-alive", "24h"}, "write --keep-alive=24h", "for ever"},
    {{"configure", "--keep-alive="}, "--keep-alive= lacks a value", "or --keep-alive alone"},
    {{"configure", "--keep-alive=1d"}, "1d", "24h"},
    {{"configure", "--spread=2"}, "--spread takes no value, but '2' was given", "write --spread"},
    {{"configure", "--spread="}, "--spread takes no value", "write --spread"},
    {{"configure", "--spread", "2"}, "--spread takes no value, but '2' follows", "leave '2' out"},
    {{"configure", "--json=yes"}, "--json takes no value", "write --json"},
    {{"configure", "--keep-alive", "-1"}, "write --keep-alive=-1", "for ever"},
    {{"configure", "--gpus", "0", "1", "2"}, "takes one word, but '1' follows", "--gpus 0,1"},
    {{"configure", "--host", "0.0.0.0"}, "did you mean --listen?", "configure --help"},
    {{"configure", "--parallel", "4"}, "did you mean --num-parallel?", "configure --help"},
    {{"configure", "--ctx=8192"}, "did you mean --context-length?", "configure --help"},
    {{"status", "--host", "x"}, "status has no option --host", "status --help"},
    {{"configure", "--gpus=0", "1"}, "takes one word, but '1' follows", "--gpus 0,1"},
    {{"configure", "--", "--json"}, "configure does not take '--json'", "configure --help"},
    {{"rollback", "1", "--", "-q"}, "rollback does not take '-q'", "rollback --help"},
    {{"show", "-1"}, "show has no option -1", "show --help"},
    {{"status", "++"}, "status does not take '++'", "status --help"},
    {{"++"}, "there is no command '++'", "commands:"},
    {{"status", "verify"}, "status does not take 'verify'", "status --help"},
    {{"configure", "--set=", "--spread"}, "--set takes K=V, not ''", "a name must stand"},
    {{"gpus", "0"}, "gpus does not take '0'", "gpus --help"},
    {{"settings", "A", "B"}, "settings does not take 'B'", "settings --help"},
    {{"configure", "--gpus"}, "--gpus needs a value", "write --gpus SELECTOR"},
    {{"configure", "--gpus", "--spread"}, "--gpus needs a value", "write --gpus SELECTOR"},
    {{"configure", "--gpus", ""}, "empty", "all"},
    {{"configure", "--gpus="}, "empty", "all"},
    {{"configure", "--gpus", "0,,1"}, "0,,1", ""},
    {{"configure", "--gpus", "sometimes"}, "sometimes", ""},
    {{"configure", "--gpus", "0", "--gpus", "1"}, "--gpus is given twice", "once"},
    {{"configure", "--gpu-ids", "name"}, "--gpu-ids takes auto, index or uuid, not 'name'", ""},
    {{"configure", "--restart=auto|never"}, "takes auto, never or always", ""},
    {{"configure", "--restart="}, "takes auto, never or always, not ''", ""},
    {{"configure", "--flash-attention", "yes"}, "takes on, off or auto, not 'yes'", ""},
    {{"configure", "--spread", "--no-spread"}, "--spread and --no-spread contradict", ""},
    {{"configure", "--no-keep-alive", "--keep-alive=5m"}, "contradict", ""},
    {{"configure", "--no-verify", "--require-gpu"}, "contradict", ""},
    {{"--root", "/", "--user", "status"}, "contradict", ""},
    {{"status", "-q", "-v"}, "contradict", ""},
    {{"configure", "--wait-for-gpus", "60"}, "write --wait-for-gpus=60", "takes its default"},
    {{"configure", "--wait-for-gpus=0"}, "whole seconds from 1 to 3600, not '0'", "=120"},
    {{"configure", "--wait-for-gpus=1.5"}, "whole seconds", "=120"},
    {{"configure", "--wait-for-gpus=3601"}, "whole seconds", "=120"},
    {{"configure", "--wait-for-gpus=soon"}, "number of seconds", ""},
    {{"configure", "--wait-for-gpus", "--no-wait-for-gpus"}, "contradict", ""},
    {{"reset", "--wait-for-gpus"}, "it belongs to configure", ""},
    {{"wait", "--gpus", "none"}, "nothing to wait for", "name the GPUs"},
    {{"wait", "--gpus", "0,,1"}, "0,,1", ""},
    {{"wait", "--timeout", "soon"}, "number of seconds", ""},
    {{"wait", "--root", "/mnt"}, "no use for --root", "leave --root out"},
    {{"wait", "--settle", "1"}, "it belongs to configure", "wait --help"},
    {{"show", "--gpus", "0"}, "it belongs to configure and wait", "show --help"},
    {{"show", "--timeout", "0"},
     "it belongs to configure, reset, rollback, verify, doctor and wait",
     ""},
    {{"status", "--color", "purple"}, "--color takes auto, always or never", ""},
    {{"status", "--root", ""}, "--root needs a directory", "--root DIR"},
    {{"status", "--unit", ""}, "--unit needs a name", "--unit ollama.service"},
    {{"status", "--unit", "a", "--unit", "b"}, "--unit is given twice", "once"},
    {{"configure", "--timeout=abc"}, "a number of seconds such as 30 or 0.5, not 'abc'", ""},
    {{"configure", "--timeout=-1"}, "not '-1'", ""},
    {{"configure", "--timeout=nan"}, "not 'nan'", ""},
    {{"configure", "--timeout=1e3"}, "not '1e3'", ""},
    {{"configure", "--timeout=1.2.3"}, "not '1.2.3'", ""},
    {{"configure", "--timeout="}, "not ''", ""},
    {{"configure", "--timeout=99999999999999999999"}, "number of seconds", ""},
    {{"configure", "--timeout=0"}, "--timeout must be more than 0", "--no-verify"},
    {{"reset", "--settle=5s"}, "not '5s'", ""},
    {{"reset", "--lock-timeout", "inf"}, "not 'inf'", ""},
    {{"reset", "--when-idle=soon"}, "not 'soon'", ""},
    {{"configure", "--when-idle="}, "--when-idle", ""},
    {{"reset", "--preload"}, "--preload", ""},
    {{"configure", "--preload", "--no-verify"}, "--no-verify", ""},
    {{"configure", "--num-parallel=four"}, "four", ""},
    {{"configure", "--num-parallel=-1"}, "-1", ""},
    {{"configure", "--max-queue="}, "--max-queue needs a value", "--unset OLLAMA_MAX_QUEUE"},
    {{"configure", "--models", ""}, "--models needs a value", "--unset OLLAMA_MODELS"},
    {{"configure", "--kv-cache-type", "q3"}, "q3", "q4_0"},
    {{"configure", "--listen", "h:99999"}, "99999", ""},
    {{"configure", "--models", "models"}, "models", ""},
    {{"configure", "--set", "FOO"}, "--set takes K=V, not 'FOO'", "--set FOO=VALUE"},
    {{"configure", "--set", "A＝x"}, "--set takes K=V, not 'A＝x'", "full-width equals sign"},
    {{"configure", "--set", "=x"}, "--set takes K=V", "a name must stand before"},
    {{"configure", "--set", "1A=x"}, "1A", ""},
    {{"configure", "--set", "A B=x"}, "A B", ""},
    {{"configure", "--set", "OLLAMA_KEEPALIVE=1h"}, "did you mean OLLAMA_KEEP_ALIVE?", "--force"},
    {{"configure", "--set", "OLLAMA_KEEP_ALIVE=1d"}, "1d", "24h"},
    {{"configure", "--set", "A=1", "--set", "A=2"}, "A is given twice: by --set and by --set", ""},
    {{"configure", "--spread", "--set", "OLLAMA_SCHED_SPREAD=0"}, "by --spread and by --set", ""},
    {{"configure", "--set", "A=1", "--unset", "A"}, "by --set and by --unset", ""},
    {{"configure", "--unset", "A=1"}, "A=1", ""},
    {{"configure", "--gpus", "0", "--set", "CUDA_VISIBLE_DEVICES=1"},
     "--gpus already decides CUDA_VISIBLE_DEVICES",
     "not both"},
    {{"configure", "--set", "A=\xff"}, "UTF-8", ""},
    {{"configure", "--gpus", "\xff\xfe"}, "", ""},
    {{"\xff"}, "there is no command", "commands:"},
    {{"configure", "--\xff"}, "configure has no option", ""},
    {{"configure", "--config", "/nonexistent/x.toml"}, "cannot read /nonexistent/x.toml", "TOML"},
    {{"configure", "--config", "/"}, "cannot read /", "TOML"},
    {{"completion"}, "completion needs a shell", "bash|zsh|fish"},
};

INSTANTIATE_TEST_SUITE_P(Table, WrongInput, testing::ValuesIn(kWrong));

TEST(WrongTopic, HasASuggestion) {
  EXPECT_EQ(help_on("exit-cods", {}).error().message,
            "no help on 'exit-cods'; did you mean exit-codes?");
  EXPECT_EQ(help_on("OLLAMA_KEEP", {}).error().message,
            "no help on 'OLLAMA_KEEP'; did you mean OLLAMA_KEEP_ALIVE?");
  EXPECT_EQ(help_on("OLLAMA_KEEPALIVE", {}).error().message,
            "no help on 'OLLAMA_KEEPALIVE'; did you mean OLLAMA_KEEP_ALIVE?");
  EXPECT_EQ(help_on("OLLAMA_", {}).error().message, "no help on 'OLLAMA_'");
  EXPECT_EQ(completion_script("bsh").error().message,
            "no completion for 'bsh'; did you mean bash?");
  EXPECT_EQ(completion_script("powershell").error().message, "no completion for 'powershell'");
}

}  // namespace
}  // namespace ollama_gpu::cli
