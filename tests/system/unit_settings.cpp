// SPDX-License-Identifier: MIT
#include <array>

#include "unit_trees.hpp"

namespace ollama_gpu {
namespace {

using namespace std::string_view_literals;

// Those whose bad values end the file, and some whose do not.
constexpr std::array kKeys = {"ExecStart"sv,
                              "ExecStart"sv,
                              "ExecStartPre"sv,
                              "ExecStartPost"sv,
                              "ExecCondition"sv,
                              "ExecReload"sv,
                              "ExecReloadPost"sv,
                              "ExecStop"sv,
                              "ExecStopPost"sv,
                              "User"sv,
                              "Group"sv,
                              "SupplementaryGroups"sv,
                              "WorkingDirectory"sv,
                              "RootDirectory"sv,
                              "RootImage"sv,
                              "RootVerity"sv,
                              "RootMStack"sv,
                              "DynamicUser"sv,
                              "SELinuxContext"sv,
                              "AppArmorProfile"sv,
                              "PIDFile"sv,
                              "SmackProcessLabel"sv,
                              "RootImagePolicy"sv,
                              "MountImagePolicy"sv,
                              "LimitNOFILE"sv,
                              "TimeoutSec"sv,
                              "Slice"sv,
                              "MemoryMax"sv,
                              "PrivateTmp"sv,
                              "SystemCallFilter"sv,
                              "DeviceAllow"sv,
                              "StandardOutput"sv,
                              "BindPaths"sv,
                              "UMask"sv,
                              "StateDirectory"sv,
                              "Nice"sv};
constexpr std::array kValues = {
    "%4"sv,          "/%4"sv,         "%n"sv,          "%i"sv,          "/%i"sv,
    "%I"sv,          "%"sv,           "foo"sv,         "foo/bar"sv,     "/a/../b"sv,
    "/bin/true"sv,   "/bin/true/"sv,  "/bin/."sv,      "/.."sv,         "~"sv,
    "~/x"sv,         "-~"sv,          "-1"sv,          "0"sv,           "65535"sv,
    "4294967295"sv,  "007"sv,         "99999999999"sv, "maybe"sv,       "yes"sv,
    "OFF"sv,         "a:b"sv,         "a b"sv,         "a\\qb"sv,       "a\\x20b"sv,
    "a\\x01"sv,      "\"a b\""sv,     "\"a"sv,         "a \"b"sv,       "-%4"sv,
    "-foo/bar"sv,    "."sv,           ".."sv,          "root=verity"sv, "root=bogus"sv,
    "root=-:usr"sv,  "=open:=open"sv, "bogus=open"sv,  "/dev/x"sv,      "/devs"sv,
    "//a/./b/"sv,    "a\x01z"sv,      "\xC2\x80"sv,    "a-"sv,          "\\x2fbin/true"sv,
    "/run/../dev"sv, "../dev/x"sv,    "x.pid"sv,       "/bin/tr\\ue"sv};
constexpr std::array kWords = {"/bin/true"sv, "foo/bar"sv, "foo"sv,   "%4"sv,    "%n"sv,
                               "\"a b\""sv,   "\"a"sv,     "a\\qb"sv, "\\x25"sv, ";"sv,
                               "\\;"sv,       ";x"sv,      "'%i'"sv,  "-"sv,     "%%4"sv,
                               "$X"sv,        "\"\""sv,    "%"sv,     "/x/"sv,   "\\x254"sv};

// What systemd only judges once it has read all of the unit (service_verify).
constexpr std::array kTogether = {"ExecStart="sv,
                                  "ExecStart="sv,
                                  "ExecStart=/bin/true"sv,
                                  "ExecStop="sv,
                                  "ExecStop=/bin/true"sv,
                                  "Type=simple"sv,
                                  "Type=exec"sv,
                                  "Type=oneshot"sv,
                                  "Type=forking"sv,
                                  "Type=notify"sv,
                                  "Type=notify-reload"sv,
                                  "Type=dbus"sv,
                                  "Type=idle"sv,
                                  "Type=bogus"sv,
                                  "BusName=org.example"sv,
                                  "BusName="sv,
                                  "RemainAfterExit=yes"sv,
                                  "RemainAfterExit=off"sv,
                                  "RemainAfterExit=x"sv,
                                  "Restart=always"sv,
                                  "Restart=on-success"sv,
                                  "Restart=on-failure"sv,
                                  "Restart=no"sv,
                                  "Restart=x"sv,
                                  "ExitType=cgroup"sv,
                                  "ExitType=main"sv,
                                  "SuccessAction=none"sv,
                                  "[Unit]\nSuccessAction=exit\n[Service]"sv,
                                  "[Unit]\nSuccessAction=bogus\n[Service]"sv};

// Prefixes and words in any order.
std::string command(Dice& dice) {
  std::string text;
  for (std::size_t n = dice.below(4); n > 0; --n) text += dice.pick("-@:+!|\""sv);
  for (std::size_t n = 1 + dice.below(5); n > 0; --n) {
    text += dice.pick(kWords);
    if (n > 1) text += dice.one_in(6) ? "  " : " ";
  }
  return text;
}

}  // namespace

std::string make_setting(Dice& dice) {
  if (dice.one_in(4)) return std::string(dice.pick(kTogether));
  const std::string key(dice.pick(kKeys));
  const bool is_command = key.starts_with("Exec");
  if (is_command && !dice.one_in(4)) return key + "=" + command(dice);
  if (!is_command && dice.one_in(12)) return key + "=";
  if (dice.one_in(20)) return key + "=/" + std::string(253 + dice.below(4), 'x');
  std::string value(dice.pick(kValues));
  if (dice.one_in(6)) value += dice.pick(kValues);
  return key + "=" + value;
}

}  // namespace ollama_gpu
