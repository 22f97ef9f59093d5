// SPDX-License-Identifier: MIT
// What tells whether a service is at work: its CPU time and its clients' connections.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>

#include "ollama_gpu/system/processes/proc_fs.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A listening socket and one accepted connection, both ends in this process.
class Served {
 public:
  Served() {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint.port = ntohs(address.sin_port);
    connect(client, reinterpret_cast<sockaddr*>(&address), size);
    server = accept(listener_, nullptr, nullptr);
  }
  ~Served() {
    for (const int fd : {listener_, client, server}) close(fd);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  Endpoint endpoint{"127.0.0.1", 0};
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int server = -1;

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

void pass(int from, int to, std::size_t count) {
  std::string bytes(count, 'x');
  ASSERT_EQ(send(from, bytes.data(), count, MSG_NOSIGNAL), static_cast<ssize_t>(count));
  ASSERT_EQ(recv(to, bytes.data(), count, MSG_WAITALL), static_cast<ssize_t>(count));
}

TEST(Clients, are_counted_with_what_went_through_them) {
  const Served served;
  const ProcFs processes;
  const auto before = processes.clients(served.endpoint);
  if (!before) GTEST_SKIP() << before.error().message;
  ASSERT_EQ(before->size(), 1U);
  pass(served.client, served.server, 300);
  pass(served.server, served.client, 5000);
  // On loopback the acknowledgement has come once the bytes have been read, or soon after.
  std::vector<ClientConnection> after;
  for (int i = 0; i < 200; ++i) {
    after = *processes.clients(served.endpoint);
    ASSERT_EQ(after.size(), 1U);
    if (after[0].sent - before->front().sent == 5000) break;
    usleep(5000);
  }
  EXPECT_EQ(after[0].id, before->front().id);
  EXPECT_EQ(after[0].sent - before->front().sent, 5000U);
  EXPECT_EQ(after[0].received - before->front().received, 300U);
}

TEST(Clients, of_other_addresses_and_ports_are_not_ours) {
  const Served served;
  const ProcFs processes;
  if (!processes.clients(served.endpoint)) GTEST_SKIP() << "the kernel has no sock_diag";
  EXPECT_THAT(*processes.clients({"127.0.0.2", served.endpoint.port}), IsEmpty());
  const auto other = static_cast<std::uint16_t>(served.endpoint.port ^ 1U);
  EXPECT_THAT(*processes.clients({"127.0.0.1", other}), IsEmpty());
  EXPECT_EQ(processes.clients({"0.0.0.0", served.endpoint.port})->size(), 1U);
}

TEST(Clients, that_have_gone_are_not_counted) {
  Served served;
  const ProcFs processes;
  if (!processes.clients(served.endpoint)) GTEST_SKIP() << "the kernel has no sock_diag";
  shutdown(served.client, SHUT_RDWR);
  shutdown(served.server, SHUT_RDWR);
  EXPECT_THAT(*processes.clients(served.endpoint), IsEmpty());
}

class CpuTime : public testing::Test {
 protected:
  CpuTime() : processes_(dir_.at("proc")) {
    dir_.write("proc/self/mountinfo", "41 31 0:38 / " + dir_.at("cgroup") +
                                          " rw,relatime shared:4 - cgroup2 cgroup2 rw\n");
  }

  TempDir dir_;
  ProcFs processes_;
};

TEST_F(CpuTime, is_the_control_groups_own) {
  dir_.write("cgroup/system.slice/a.service/cpu.stat",
             "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n");
  EXPECT_DOUBLE_EQ(*processes_.cpu_time("/system.slice/a.service"), 1.234567);
  dir_.write("cgroup/system.slice/b.service/cpu.stat", "user_usec 1\n");
  EXPECT_THAT(processes_.cpu_time("/system.slice/b.service").error().message,
              HasSubstr("usage_usec"));
}

TEST_F(CpuTime, is_not_made_up_where_the_kernel_does_not_tell) {
  dir_.write("cgroup/a.service/cgroup.procs", "10\n");
  EXPECT_EQ(processes_.cpu_time("/a.service").error().code, Errc::not_found);
  EXPECT_DOUBLE_EQ(*processes_.cpu_time("/gone.service"), 0);
}

TEST_F(CpuTime, of_no_group_is_not_known) {
  for (const char* group : {"", "/", "/../x", "a.service"}) {
    EXPECT_FALSE(processes_.cpu_time(group)) << group;
  }
}

TEST(CpuTimeOfThisProcess, grows_with_work) {
  const ProcFs processes;
  const std::string group = processes.control_group(getpid());
  const auto before = processes.cpu_time(group);
  if (!before) GTEST_SKIP() << before.error().message;
  const std::clock_t start = std::clock();
  while (std::clock() - start < CLOCKS_PER_SEC / 10) {
  }
  EXPECT_GE(*processes.cpu_time(group) - *before, 0.05);
}

}  // namespace
}  // namespace ollama_gpu
