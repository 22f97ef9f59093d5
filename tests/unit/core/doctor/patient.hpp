// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "memory_files.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"
#include "ollama_gpu/core/doctor/fix.hpp"

namespace ollama_gpu {

// A machine in memory with one Ollama service, to be examined.
class Patient {
 public:
  Patient();  // the installer's own unit, nothing else, nothing seen of the machine

  MemoryFiles files = {};
  DoctorFacts facts = {};
  bool has_programs = true;              // those that its ExecStart= names are there
  std::vector<Assignment> manager = {};  // what systemd gives to every service

  Patient& unit(const std::string& text);
  // Lines added to [Service] of the installer's unit.
  Patient& lines(const std::string& text);
  Patient& drop_in(const std::string& name, const std::string& text);
  Patient& service(const std::string& lines);  // override.conf with [Service] above the lines
  Patient& file(const std::string& path, const std::string& text);
  Patient& gpus(unsigned count, Vendor vendor = Vendor::nvidia);

  UnitSnapshot snapshot() const;
  std::vector<Finding> findings() const;
  // "OG102 override.conf:2:1", or "OG506" alone; those of the severity info in parentheses.
  std::vector<std::string> marks() const;
  const Finding& only(const std::string& code);  // fails where there is not just one
  // The file's text after every fix; empty where it is not touched.
  std::string fixed(const std::string& path) const;
  Result<Fixes> fixes() const;

 private:
  std::vector<Finding> kept_ = {};
};

inline constexpr const char* kUnitPath = "/etc/systemd/system/ollama.service";
inline constexpr const char* kDropIns = "/etc/systemd/system/ollama.service.d/";
inline constexpr const char* kOverridePath = "/etc/systemd/system/ollama.service.d/override.conf";
inline constexpr const char* kOwnPath = "/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf";

std::string test_data(const std::string& name);  // a file of tests/data

}  // namespace ollama_gpu
