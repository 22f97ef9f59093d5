// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/exec_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::ElementsAreArray;

struct Case {
  const char* name;
  std::string command;
  std::vector<std::string> set;
};

class EnvCommand : public testing::TestWithParam<Case> {};

TEST_P(EnvCommand, SetsTheWordsBetweenItsOptionsAndTheProgram) {
  UnitSnapshot snapshot;
  snapshot.files.push_back(
      parse_unit_file("/u", "[Service]\nExecStart=/usr/bin/" + GetParam().command + "\n"));
  const std::vector<ExecCommand> commands = exec_start_of(snapshot);
  ASSERT_EQ(commands.size(), 1U);
  std::vector<std::string> set;
  for (const Assignment& variable : commands.front().variables) {
    set.push_back(variable.name + "=" + variable.value);
  }
  EXPECT_THAT(set, ElementsAreArray(GetParam().set));
}

INSTANTIATE_TEST_SUITE_P(
    Options, EnvCommand,
    testing::Values(Case{"none", "env A=1 B=2 ollama serve C=3", {"A=1", "B=2"}},
                    Case{"flags", "env -i -v --debug A=1 ollama", {"A=1"}},
                    Case{"lone_dash", "env - A=1 ollama", {"A=1"}},
                    Case{"unset", "env -u FOO A=1 ollama", {"A=1"}},
                    Case{"unset_twice", "env -u FOO -u BAR A=1 ollama", {"A=1"}},
                    Case{"unset_joined", "env -uFOO A=1 ollama", {"A=1"}},
                    Case{"unset_in_a_cluster", "env -iu FOO A=1 ollama", {"A=1"}},
                    Case{"unset_long", "env --unset FOO A=1 ollama", {"A=1"}},
                    Case{"unset_long_joined", "env --unset=FOO A=1 ollama", {"A=1"}},
                    Case{"unset_shortened", "env --uns FOO A=1 ollama", {"A=1"}},
                    Case{"directory", "env -C /srv A=1 ollama", {"A=1"}},
                    Case{"directory_long", "env --chdir /srv --chdir=/ A=1 ollama", {"A=1"}},
                    Case{"own_name", "env -a name --argv0 name A=1 ollama", {"A=1"}},
                    Case{"signals", "env --ignore-signal=HUP --block-signal A=1 ollama", {"A=1"}},
                    Case{"end_of_options", "env -i -- A=1 ollama", {"A=1"}},
                    Case{"no_option_after_a_variable", "env A=1 -u B=2 ollama", {"A=1"}},
                    Case{"split_string", "env -S 'A=1 ollama' B=2", {}},
                    Case{"split_string_joined", "env '-SA=1 ollama' B=2", {}},
                    Case{"split_string_long", "env --split-string='A=1 ollama' B=2", {}},
                    Case{"operand_missing", "env -u", {}}, Case{"not_env", "envoy A=1 ollama", {}}),
    [](const testing::TestParamInfo<Case>& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace ollama_gpu
