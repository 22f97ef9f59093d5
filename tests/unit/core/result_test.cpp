// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/result.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

struct Row {
  Errc code;
  int exit;
  std::string_view name;
};

class ExitCodes : public testing::TestWithParam<Row> {};

TEST_P(ExitCodes, AreThoseThatScriptsRelyOn) {
  EXPECT_EQ(exit_code(GetParam().code), GetParam().exit);
  EXPECT_EQ(error_name(GetParam().code), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExitCodes,
    testing::Values(Row{Errc::failed, 1, "failed"}, Row{Errc::usage, 2, "usage"},
                    Row{Errc::permission, 4, "permission"}, Row{Errc::not_found, 5, "not_found"},
                    Row{Errc::conflict, 6, "conflict"},
                    Row{Errc::unhealthy_rolled_back, 7, "unhealthy_rolled_back"},
                    Row{Errc::unhealthy, 8, "unhealthy"}, Row{Errc::busy, 9, "busy"},
                    Row{Errc::would_change, 10, "would_change"},
                    Row{Errc::not_verified, 11, "not_verified"},
                    Row{Errc::interrupted, 130, "interrupted"}));

TEST(ExitCode, OfASignalIs128AndItsNumber) {
  Error error;
  error.code = Errc::interrupted;
  error.signal = 15;
  EXPECT_EQ(exit_code(error), 143);
  error.code = Errc::busy;
  EXPECT_EQ(exit_code(error), 9);
}

TEST(Fail, CarriesMessageAndHint) {
  const Result<int> result = fail(Errc::busy, "cannot lock", "wait");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot lock");
  EXPECT_EQ(result.error().hint, "wait");
  EXPECT_FALSE(result.error().location);
}

}  // namespace
}  // namespace ollama_gpu
