// SPDX-License-Identifier: MIT
// The plan before the deed, --confirm, and what stands under both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What was told, and what stood on the disk then.
struct Told {
  std::vector<std::string> plans = {};
  std::vector<std::string> ours = {};
  std::vector<bool> asked = {};
};

class Announced : public testing::Test {
 protected:
  app::Outcome<app::ChangeReport> configure(const Ask& ask) {
    app::Context context = world_.context();
    context.planned = [this](const app::ChangeReport& report, bool confirm) -> Result<void> {
      told_.plans.push_back(text_of(report.plan));
      told_.ours.push_back(world_.ours());
      told_.asked.push_back(confirm);
      meanwhile_();
      if (!answer_) return fail(Errc::failed, "not confirmed");
      return {};
    };
    return app::configure(context, ask.options);
  }

  World world_ = {};
  Told told_ = {};
  bool answer_ = true;
  std::function<void()> meanwhile_ = [] {};
};

TEST_F(Announced, ThePlanComesBeforeTheDeed) {
  EXPECT_THAT(configure(the_usual()), ExitsWith(0));
  EXPECT_THAT(told_.ours, ElementsAre("(none)"));
  EXPECT_THAT(told_.plans.front(), HasSubstr("restart ollama.service"));
  EXPECT_THAT(told_.asked, ElementsAre(false));
}

TEST_F(Announced, NothingToDoIsNoPlan) {
  world_.configured(the_usual());
  EXPECT_THAT(configure(the_usual()), ExitsWith(0));
  EXPECT_THAT(told_.plans, IsEmpty());
}

TEST_F(Announced, APreviewIsNotAnnounced) {
  Ask ask = the_usual();
  ask.options.change.dry_run = true;
  EXPECT_THAT(configure(ask), ExitsWith(0));
  EXPECT_THAT(told_.plans, IsEmpty());
}

TEST_F(Announced, ANoChangesNothing) {
  answer_ = false;
  Ask ask = the_usual();
  ask.options.change.confirm = true;
  EXPECT_THAT(configure(ask), ExitsWith(1));
  EXPECT_THAT(told_.asked, ElementsAre(true));
  EXPECT_THAT(world_.calls.all(), IsEmpty());
  EXPECT_EQ(world_.ours(), "(none)");
}

TEST_F(Announced, AYesIsAskedForOnce) {
  Ask ask = the_usual();
  ask.options.change.confirm = true;
  EXPECT_THAT(configure(ask), ExitsWith(0));
  EXPECT_THAT(told_.asked, ElementsAre(true));
  EXPECT_THAT(world_.ours(), HasSubstr("OLLAMA_KEEP_ALIVE"));
}

// Somebody stops the service while the question stands there: the restart is none any more.
TEST_F(Announced, AnotherPlanIsAskedForAnew) {
  meanwhile_ = [this] {
    if (told_.plans.size() == 1) world_.systemd.halt();
  };
  Ask ask = the_usual();
  ask.options.change.confirm = true;
  EXPECT_THAT(configure(ask), ExitsWith(0));
  ASSERT_EQ(told_.plans.size(), 2U);
  EXPECT_THAT(told_.plans[1], HasSubstr("not running"));
}

TEST_F(Announced, ModelsThatARestartTookOutAreNamedAfterAPutBack) {
  world_.ollama.models = {{"llama3.3:70b", 1, 1, {}}};
  world_.systemd.starts = {{Fate::crashes, 3}};
  const auto outcome = configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(7));
  EXPECT_THAT(outcome.report.warnings, testing::Contains(HasSubstr("no longer loaded: llama3.3")));
}

}  // namespace
}  // namespace ollama_gpu
