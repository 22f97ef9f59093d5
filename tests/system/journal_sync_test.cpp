// SPDX-License-Identifier: MIT
#include "system/host/journal_sync.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using std::chrono::milliseconds;

// A Varlink server for one call: takes it up to its NUL and answers.
class Journald {
 public:
  Journald(const std::string& path, std::string answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Journald() {
    thread_.join();
    close(fd_);
  }
  std::string call = {};

 private:
  void serve() {
    const int client = accept(fd_, nullptr, nullptr);
    for (char byte = 1; byte != 0 && read(client, &byte, 1) == 1;) call += byte;
    for (const char byte : answer_) EXPECT_EQ(write(client, &byte, 1), 1);
    char end = 0;
    if (answer_.empty()) EXPECT_EQ(read(client, &end, 1), 0);
    close(client);
  }
  int fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
  std::string answer_;
  std::thread thread_;
};

TEST(JournalSync, waits_for_the_answer) {
  const TempDir dir;
  Journald journald(dir.at("s"), std::string("{\"parameters\":{}}\0", 18));
  EXPECT_TRUE(synchronize_journal(dir.at("s"), milliseconds(5000)));
  EXPECT_EQ(journald.call, std::string("{\"method\":\"io.systemd.Journal.Synchronize\"}\0", 44));
}

TEST(JournalSync, an_end_without_an_answer_is_an_error) {
  const TempDir dir;
  Journald journald(dir.at("s"), "{\"par");
  EXPECT_EQ(synchronize_journal(dir.at("s"), milliseconds(5000)).error().code, Errc::failed);
}

TEST(JournalSync, gives_up_in_time) {
  const TempDir dir;
  Journald journald(dir.at("s"), "");
  EXPECT_EQ(synchronize_journal(dir.at("s"), milliseconds(50)).error().code, Errc::failed);
}

TEST(JournalSync, no_journald_is_an_error) {
  const TempDir dir;
  EXPECT_EQ(synchronize_journal(dir.at("s"), milliseconds(50)).error().code, Errc::not_found);
  EXPECT_EQ(synchronize_journal(std::string(200, 'x'), milliseconds(50)).error().code,
            Errc::conflict);
}

}  // namespace
}  // namespace ollama_gpu
