// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;

class Wait : public testing::Test {
 protected:
  app::Outcome<app::WaitReport> wait(const char* selector, double timeout) {
    auto now = world.context();
    return app::wait(now, {*parse_selector(selector), timeout});
  }
  double elapsed() const { return world.clock.now().count() - start_; }

  World world = {};

 private:
  double start_ = world.clock.now().count();
};

TEST_F(Wait, EndsAtOnceWhereTheGpusCanBeUsed) {
  const auto outcome = wait("all", 60);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_TRUE(outcome.report.ready);
  EXPECT_EQ(outcome.report.gpus.size(), 4U);
  EXPECT_EQ(elapsed(), 0);
  EXPECT_EQ(world.gpus.started_over, 0);
}

TEST_F(Wait, EndsWhenTheyAppear) {
  Inventory none;
  none.fault = GpuFault::driver_not_loaded;
  none.problem = "NVML: Driver Not Loaded";
  const Inventory all = std::exchange(world.gpus.inventory, none);
  world.clock.in(7.2, [&] { world.gpus.later = all; });
  const auto outcome = wait("0,1,2,3", 60);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_NEAR(elapsed(), 7.5, 0.5);
  EXPECT_NEAR(outcome.report.waited, elapsed(), 0.01);
  EXPECT_THAT(world.messages.text(), HasSubstr("waiting for GPUs: "));
  EXPECT_THAT(world.messages.text(), HasSubstr("Driver Not Loaded"));
}

TEST_F(Wait, GivesUpWhenTheTimeIsOver) {
  const auto outcome = wait("0,7", 10);
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_NEAR(elapsed(), 10, 0.01);
  EXPECT_FALSE(outcome.report.ready);
  EXPECT_THAT(outcome.error->message, HasSubstr("within 10 s"));
  EXPECT_THAT(outcome.error->message, HasSubstr("GPU 7"));
}

TEST_F(Wait, WithoutTimeLooksOnce) {
  EXPECT_THAT(wait("7", 0), ExitsWith(5));
  EXPECT_EQ(elapsed(), 0);
  EXPECT_THAT(wait("3", 0), ExitsWith(0));
}

TEST_F(Wait, GoesOnWhileADeviceFileIsMissing) {
  const std::string uuid = world.gpus.inventory.gpus[2].uuid;
  world.gpus.obstacles[uuid] = "there is no /dev/nvidia-uvm";
  EXPECT_THAT(wait("all", 1), ExitsWith(5));
  EXPECT_THAT(wait("0", 1), ExitsWith(0));
  world.clock.in(3, [&] { world.gpus.obstacles.clear(); });
  EXPECT_THAT(wait("all", 10), ExitsWith(0));
}

}  // namespace
}  // namespace ollama_gpu
