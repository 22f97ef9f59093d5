// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/conditions.hpp"

#include <gtest/gtest.h>

#include "memory_files.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {
namespace {

struct Lines {
  const char* text;
  std::size_t unmet;  // the line; 0: the unit starts
};

class Conditions : public testing::TestWithParam<Lines> {};

TEST_P(Conditions, are_judged_as_systemd_does) {
  MemoryFiles files;
  files.file("/run/there", "x").file("/run/empty", "").file("/run/d/file", "x");
  files.link("/run/link", "/run/there");
  UnitSnapshot snapshot;
  snapshot.files.push_back(parse_unit_file("/etc/systemd/system/ollama.service",
                                           std::string("[Unit]\n") + GetParam().text));
  const auto unmet = find_unmet_condition(files, snapshot);
  EXPECT_EQ(unmet ? unmet->line : 0, GetParam().unmet) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Conditions,
    testing::Values(
        Lines{"", 0}, Lines{"ConditionPathExists=/run/there\n", 0},
        Lines{"ConditionPathExists=/run/gone\n", 2}, Lines{"ConditionPathExists=!/run/gone\n", 0},
        Lines{"ConditionPathExists=!/run/there\n", 2}, Lines{"ConditionPathExists=/run/link\n", 0},
        Lines{"ConditionPathExists=/run/there\nConditionPathExists=/run/gone\n", 3},
        Lines{"ConditionPathExists=/run/gone\nConditionPathExists=\n", 0},
        Lines{"ConditionPathExists=/run/gone\nConditionHost=\n", 0},
        Lines{"ConditionPathExists=|/run/gone\nConditionPathExists=|/run/there\n", 0},
        Lines{"ConditionPathExists=|/run/gone\nConditionPathExists=|!/run/there\n", 2},
        Lines{"ConditionPathExists=|/run/gone\nConditionHost=|a\n", 0},
        Lines{"AssertPathExists=/run/gone\n", 2}, Lines{"ConditionPathIsDirectory=/run/d\n", 0},
        Lines{"ConditionPathIsDirectory=/run/there\n", 2},
        Lines{"ConditionPathIsSymbolicLink=/run/link\n", 0},
        Lines{"ConditionPathIsSymbolicLink=/run/there\n", 2},
        Lines{"ConditionFileNotEmpty=/run/there\n", 0},
        Lines{"ConditionFileNotEmpty=/run/empty\n", 2},
        Lines{"ConditionDirectoryNotEmpty=/run/d\n", 0}, Lines{"ConditionPathExists=/run/%i\n", 0},
        Lines{"ConditionKernelVersion=>99\n", 0},
        Lines{"[Service]\nConditionPathExists=/run/gone\n", 0}));

}  // namespace
}  // namespace ollama_gpu
