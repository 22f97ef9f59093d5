// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/processes/proc_fs.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(ProcFs, reads_an_environment) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    char name[] = "sleep";
    char time[] = "30";
    char variable[] = "A=x y";
    char empty[] = "B=";
    char* const arguments[] = {name, time, nullptr};
    char* const variables[] = {variable, empty, nullptr};
    fcntl(ready[1], F_SETFD, FD_CLOEXEC);
    execve("/bin/sleep", arguments, variables);
    _exit(1);
  }
  close(ready[1]);
  char nothing = 0;
  EXPECT_EQ(read(ready[0], &nothing, 1), 0);  // closed by exec
  close(ready[0]);
  const auto variables = ProcFs().environment(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(variables);
  EXPECT_THAT(*variables, ElementsAre("A=x y", "B="));
  EXPECT_EQ(ProcFs().environment(child).error().code, Errc::not_found);
}

TEST(ProcFs, an_environment_of_others_is_not_permitted) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const auto variables = ProcFs().environment(1);
    _exit(!variables && variables.error().code == Errc::permission ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

class ProcFixture : public testing::Test {
 protected:
  ProcFixture() : proc_(dir_.at("proc")) {}
  void mount_unified() {
    dir_.write("proc/self/mountinfo",
               "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
               "41 31 0:38 / " +
                   dir_.at("cgroup") + " rw,relatime shared:4 master:1 - cgroup2 cgroup2 rw\n");
  }
  TempDir dir_;
  ProcFs proc_;
};

TEST_F(ProcFixture, finds_the_processes_of_a_unit) {
  mount_unified();
  dir_.write("cgroup/cgroup.procs", "1\n");
  dir_.write("cgroup/system.slice/x.service/cgroup.procs", "10\n11\n0\n");
  dir_.write("cgroup/system.slice/x.service/deeper/cgroup.procs", "12\n");
  dir_.write("cgroup/system.slice/x.service/memory.max", "max\n");
  EXPECT_THAT(*proc_.in_control_group("/system.slice/x.service"), UnorderedElementsAre(10, 11, 12));
  EXPECT_THAT(*proc_.in_control_group("/system.slice/none.service"), IsEmpty());
  // A unit that does not run has no control group: that must not mean all processes.
  EXPECT_THAT(*proc_.in_control_group(""), IsEmpty());
  EXPECT_THAT(*proc_.in_control_group("/"), IsEmpty());
  EXPECT_THAT(*proc_.in_control_group("/system.slice/../../cgroup"), IsEmpty());
}

TEST_F(ProcFixture, says_that_there_are_no_cgroups) {
  dir_.write("proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n");
  EXPECT_EQ(proc_.in_control_group("/x").error().code, Errc::not_found);
}

TEST_F(ProcFixture, reads_a_process_s_control_group) {
  mount_unified();
  dir_.write("proc/5/cgroup",
             "9:name=systemd:/other\n8:pids:/\n0::/system.slice/x.service (deleted)\n");
  EXPECT_EQ(proc_.control_group(5), "/system.slice/x.service");
  EXPECT_EQ(proc_.control_group(6), "");
}

// /sys/fs/cgroup/unified beside the hierarchies of version 1; a blank is \040 there.
TEST_F(ProcFixture, knows_a_hybrid_system) {
  dir_.write("proc/self/mountinfo",
             "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
             "41 31 0:38 / " +
                 dir_.at("a\\040b") + " rw - cgroup2 cgroup2 rw\n");
  dir_.write("a b/x.service/cgroup.procs", "10\n");
  dir_.write("proc/5/cgroup", "9:name=systemd:/other\n8:pids:/\n0::/x.service\n");
  EXPECT_EQ(proc_.control_group(5), "/x.service");
  EXPECT_THAT(*proc_.in_control_group("/x.service"), ElementsAre(10));
}

constexpr const char* kHeader =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

std::string socket_line(const std::string& address, const std::string& port,
                        const std::string& state, unsigned uid, unsigned inode) {
  return "   0: " + address + ":" + port + " 00000000:0000 " + state +
         " 00000000:00000000 00:00000000 00000000  " + std::to_string(uid) + "        0 " +
         std::to_string(inode) + " 1 0000000000000000 100 0 0 10 0\n";
}

class Listeners : public ProcFixture {
 protected:
  // 2CAA: port 11434
  void tcp(const std::string& lines) { dir_.write("proc/net/tcp", kHeader + lines); }
  void tcp6(const std::string& lines) { dir_.write("proc/net/tcp6", kHeader + lines); }
  void holder(int pid, unsigned inode) {
    const std::string base = "proc/" + std::to_string(pid);
    dir_.link("socket:[" + std::to_string(inode) + "]", base + "/fd/3");
    dir_.write(base + "/comm", "server\n");
    dir_.write(base + "/cgroup", "0::/system.slice/x.service\n");
  }
  std::vector<int> pids(const std::string& host) {
    std::vector<int> found;
    const auto listeners = proc_.listeners(Endpoint{host, 11434}, "");
    EXPECT_TRUE(listeners);
    if (listeners) {
      for (const auto& listener : *listeners) found.push_back(listener.pid);
    }
    return found;
  }
};

TEST_F(Listeners, finds_who_holds_the_socket) {
  tcp(socket_line("0100007F", "2CAA", "0A", 998, 77) +
      socket_line("0100007F", "2CAB", "0A", 998, 78));
  holder(50, 77);
  holder(51, 78);
  const auto found = proc_.listeners(Endpoint{"127.0.0.1", 11434}, "");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().pid, 50);
  EXPECT_EQ(found->front().command, "server");
  EXPECT_EQ(found->front().cgroup, "/system.slice/x.service");
  EXPECT_EQ(found->front().uid, 998U);
}

TEST_F(Listeners, nobody_listens) {
  tcp(socket_line("0100007F", "1234", "0A", 0, 70) + socket_line("0100007F", "2CAA", "01", 0, 71));
  EXPECT_THAT(pids("127.0.0.1"), IsEmpty());
}

TEST_F(Listeners, the_very_address_goes_before_wildcards) {
  tcp(socket_line("00000000", "2CAA", "0A", 0, 71) + socket_line("0100007F", "2CAA", "0A", 0, 72));
  tcp6(socket_line(std::string(32, '0'), "2CAA", "0A", 0, 73));
  holder(51, 71);
  holder(52, 72);
  holder(53, 73);
  EXPECT_THAT(pids("127.0.0.1"), ElementsAre(52));
  EXPECT_THAT(pids("10.0.0.1"), ElementsAre(51));
  EXPECT_THAT(pids("::1"), ElementsAre(53));
}

TEST_F(Listeners, a_v6_wildcard_takes_v4_too) {
  tcp6(socket_line(std::string(32, '0'), "2CAA", "0A", 0, 73));
  holder(53, 73);
  EXPECT_THAT(pids("127.0.0.1"), ElementsAre(53));
  EXPECT_THAT(pids("0.0.0.0"), ElementsAre(53));
  EXPECT_THAT(pids("localhost"), ElementsAre(53));
}

TEST_F(Listeners, v4_mapped_addresses_are_v4) {
  tcp6(socket_line("0000000000000000FFFF00000100007F", "2CAA", "0A", 0, 74));
  holder(54, 74);
  EXPECT_THAT(pids("127.0.0.1"), ElementsAre(54));
}

TEST_F(Listeners, a_holder_that_cannot_be_seen_is_pid_0) {
  tcp(socket_line("0100007F", "2CAA", "0A", 998, 77));
  EXPECT_THAT(pids("127.0.0.1"), ElementsAre(0));
}

TEST_F(Listeners, a_socket_unit_s_service_is_found_beside_pid_1) {
  tcp(socket_line("0100007F", "2CAA", "0A", geteuid(), 77));
  holder(1, 77);
  holder(60, 77);
  EXPECT_THAT(pids("127.0.0.1"), UnorderedElementsAre(1, 60));
}

TEST_F(Listeners, rubbish_in_the_tables_is_left) {
  tcp("nonsense\n");
  tcp6("   0: zz:zz 0:0 0A\n");
  EXPECT_THAT(pids("127.0.0.1"), IsEmpty());
}

// A listening socket of our own, closed at the end.
class OwnSocket {
 public:
  explicit OwnSocket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = static_cast<sa_family_t>(family);
    socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    listens_ = bind(fd_, generic, size) == 0 && listen(fd_, 1) == 0;
    getsockname(fd_, generic, &size);
    port_ = ntohs(address.sin6_port);  // at the same place in both families
  }
  ~OwnSocket() { close(fd_); }
  OwnSocket(const OwnSocket&) = delete;
  OwnSocket& operator=(const OwnSocket&) = delete;
  bool listens() const { return listens_; }
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  bool listens_ = false;
  std::uint16_t port_ = 0;
};

// Once through sock_diag, once through the tables of /proc.
class RealSocket : public testing::TestWithParam<const char*> {};

TEST_P(RealSocket, is_found) {
  for (const int family : {AF_INET, AF_INET6}) {
    std::optional<OwnSocket> own(family);
    if (!own->listens()) continue;  // no IPv6 here
    const Endpoint endpoint{"127.0.0.1", own->port()};
    const auto found = ProcFs(GetParam()).listeners(endpoint, "");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().pid, getpid());
    EXPECT_EQ(found->front().uid, geteuid());
    own.reset();
    EXPECT_THAT(*ProcFs(GetParam()).listeners(endpoint, ""), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(ProcFs, RealSocket, testing::Values("/proc", "/proc/."));

}  // namespace
}  // namespace ollama_gpu
