// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/activity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::Optional;

Activity at(double time, double cpu_time) { return {time, cpu_time, {}, 0, {}}; }

TEST(Activity, of_an_idle_service_is_none) {
  EXPECT_EQ(sign_of_work(at(10, 5), at(11, 5)), std::nullopt);
  EXPECT_EQ(sign_of_work(at(10, 5), at(11, 5.04)), std::nullopt);
}

TEST(Activity, is_cpu_time) {
  EXPECT_THAT(sign_of_work(at(10, 5), at(12, 6.5)), Optional(HasSubstr("75% of a core")));
  EXPECT_THAT(sign_of_work(at(10, 5), at(11, 5.06)), Optional(HasSubstr("6% of a core")));
  // Several cores.
  EXPECT_THAT(sign_of_work(at(10, 5), at(11, 9)), Optional(HasSubstr("400% of a core")));
}

TEST(Activity, is_a_change_of_processes) {
  EXPECT_THAT(sign_of_work(at(10, 5), at(11, 4)), Optional(HasSubstr("changed")));
}

TEST(Activity, is_a_busy_gpu_or_changing_memory) {
  Activity now = at(11, 5);
  now.gpu_use = 4;
  EXPECT_EQ(sign_of_work(at(10, 5), now), std::nullopt);
  now.gpu_use = 5;
  EXPECT_THAT(sign_of_work(at(10, 5), now), Optional(HasSubstr("GPU 5% busy")));
  now = at(11, 5);
  now.gpu_memory = 1;
  EXPECT_THAT(sign_of_work(at(10, 5), now), Optional(HasSubstr("memory")));
}

TEST(Activity, is_an_answer_that_goes_on) {
  const auto with = [](double time, std::vector<ClientConnection> clients) {
    Activity activity = at(time, 5);
    activity.clients = std::move(clients);
    return activity;
  };
  const Activity before = with(10, {{1, 1000, 300}, {2, 50, 50}});
  EXPECT_THAT(sign_of_work(before, with(11, {{2, 50, 50}, {1, 1200, 300}})),
              Optional(HasSubstr("answer")));
  // Kept open; asked and answered at once; new; closed.
  EXPECT_EQ(sign_of_work(before, with(11, {{1, 1000, 300}, {2, 50, 50}})), std::nullopt);
  EXPECT_EQ(sign_of_work(before, with(11, {{1, 1200, 350}, {2, 50, 50}})), std::nullopt);
  EXPECT_EQ(sign_of_work(before, with(11, {{3, 9000, 1}})), std::nullopt);
}

TEST(GpuUse, is_that_of_the_processes_themselves) {
  Inventory inventory;
  inventory.gpus.resize(2);
  inventory.gpus[0].utilization = 90;
  inventory.gpus[0].processes = {{7, 100, 30}, {8, 100, 60}};
  EXPECT_EQ(gpu_use_by({7}, inventory), 30U);
  EXPECT_EQ(gpu_use_by({7, 8}, inventory), 60U);
  EXPECT_EQ(gpu_use_by({9}, inventory), std::nullopt);
}

TEST(GpuUse, is_the_gpus_own_where_nobody_else_is_on_it) {
  Inventory inventory;
  inventory.gpus.resize(2);
  inventory.gpus[0].utilization = 90;
  inventory.gpus[0].processes = {{7, 100, {}}};
  inventory.gpus[1].utilization = 20;
  EXPECT_EQ(gpu_use_by({7}, inventory), 90U);
  inventory.gpus[0].processes.push_back({8, 100, {}});
  EXPECT_EQ(gpu_use_by({7}, inventory), std::nullopt);
}

}  // namespace
}  // namespace ollama_gpu
