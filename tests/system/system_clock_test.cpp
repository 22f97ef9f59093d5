// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/system_clock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace ollama_gpu {
namespace {

using Seconds = SystemClock::Seconds;

TEST(SystemClock, tells_the_time) {
  SystemClock clock;
  const auto before = clock.now();
  clock.sleep(Seconds(0.05));
  EXPECT_GE((clock.now() - before).count(), 0.05);
  EXPECT_LE(std::abs(clock.unix_seconds() - std::time(nullptr)), 1);
  clock.sleep(Seconds(-1));
  EXPECT_EQ(clock.pending_signal(), 0);
}

TEST(SystemClock, keeps_the_first_signal) {
  SystemClock clock;
  raise(SIGTERM);
  raise(SIGINT);
  EXPECT_EQ(clock.pending_signal(), SIGTERM);
}

// Putting back waits too: a signal that came before must not turn its waits into a spin.
TEST(SystemClock, sleeps_on_after_an_earlier_signal) {
  SystemClock clock;
  raise(SIGTERM);
  const auto before = clock.now();
  clock.sleep(Seconds(0.05));
  EXPECT_GE((clock.now() - before).count(), 0.05);
}

TEST(SystemClock, a_signal_ends_a_sleep) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    signal(number, SIG_DFL);  // one that is ignored, as behind nohup, stays so
    SystemClock clock;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
      usleep(50'000);
      kill(parent, number);
      _exit(0);
    }
    const auto before = clock.now();
    clock.sleep(Seconds(10));
    EXPECT_EQ(clock.pending_signal(), number);
    EXPECT_LT((clock.now() - before).count(), 5);
    waitpid(child, nullptr, 0);
  }
}

TEST(SystemClock, other_signals_do_not_end_a_sleep) {
  SystemClock clock;
  signal(SIGUSR1, [](int) {});
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    usleep(20'000);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  const auto before = clock.now();
  clock.sleep(Seconds(0.15));
  EXPECT_GE((clock.now() - before).count(), 0.15);
  waitpid(child, nullptr, 0);
  signal(SIGUSR1, SIG_DFL);
}

TEST(SystemClock, what_was_ignored_stays_ignored) {
  signal(SIGHUP, SIG_IGN);
  {
    SystemClock clock;
    raise(SIGHUP);
    raise(SIGPIPE);
    EXPECT_EQ(clock.pending_signal(), 0);
  }
  struct sigaction now {};
  sigaction(SIGHUP, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
  signal(SIGHUP, SIG_DFL);
}

// What is done is done: a signal on the way out does not turn exit 0 into an end by a signal.
TEST(SystemClock, signals_are_heard_to_the_end_of_the_process) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) signal(number, SIG_DFL);
    { const SystemClock clock; }
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) raise(number);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
}

}  // namespace
}  // namespace ollama_gpu
