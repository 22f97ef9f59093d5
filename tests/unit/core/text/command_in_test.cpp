// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/command_in.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

TEST(CommandIn, IsWhatFollowsTheAdviceOrAllOfIt) {
  EXPECT_EQ(command_in("mend its line, then: sudo ollama-gpu doctor --fix"),
            "sudo ollama-gpu doctor --fix");
  EXPECT_EQ(command_in("sudo ollama-gpu configure --gpus all"),
            "sudo ollama-gpu configure --gpus all");
  EXPECT_EQ(command_in("look again with: ollama-gpu verify"), "ollama-gpu verify");
}

TEST(CommandIn, IsTheFirstOfSeveral) {
  EXPECT_EQ(command_in("see why: journalctl -u ollama -n 50; then: sudo systemctl restart ollama"),
            "journalctl -u ollama -n 50");
  EXPECT_EQ(command_in("a note: with a colon: systemctl cat ollama"), "systemctl cat ollama");
}

TEST(CommandIn, EndsWhereTheSentenceGoesOn) {
  EXPECT_EQ(command_in("sudo systemctl daemon-reload, then restart"),
            "sudo systemctl daemon-reload");
  EXPECT_EQ(command_in("start with: ollama-gpu status, or ollama-gpu --help"), "ollama-gpu status");
  EXPECT_EQ(command_in("see ollama-gpu gpus"), "ollama-gpu gpus");
  EXPECT_EQ(command_in("see which there are: ollama list"), "ollama list");
}

TEST(CommandIn, IsNothingWhereThereIsNone) {
  EXPECT_EQ(command_in(""), "");
  EXPECT_EQ(command_in("run it with sudo"), "");
  EXPECT_EQ(command_in("write 24h: Ollama would take 5m"), "");
  EXPECT_EQ(command_in("do so: sudo install ..."), "");
}

}  // namespace
}  // namespace ollama_gpu
