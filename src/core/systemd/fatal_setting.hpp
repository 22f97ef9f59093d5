// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {

// Ends the file at the first setting whose value systemd refuses: most bad values are only passed
// over, but where a function of src/core/load-fragment.c returns an error, config_parse() stops,
// and the rest of the file is lost. Seen by giving each directive of [Unit], [Service] and
// [Install] some fifty values on systemd 252, 257 and 262; these are all:
//
//   ExecStart= and its like  config_parse_exec: program, specifier or quoting at fault, without "-"
//   User= Group=             config_parse_user_group_compat: no possible name
//   SupplementaryGroups=     config_parse_user_group_strv_compat
//   WorkingDirectory=        config_parse_working_directory: not absolute and normal, without "-"
//   RootDirectory= RootImage= RootVerity=   config_parse_unit_path_printf, told to be fatal
//   DynamicUser=             config_parse_bool, told to be fatal: empty, or no boolean
//   SELinuxContext= AppArmorProfile= SmackProcessLabel=   an unknown specifier, without "-"
//   RootMStack=              as RootDirectory= (262)
//   PIDFile=                 config_parse_pid_file: not a normal path
//   RootImagePolicy= ExtensionImagePolicy= MountImagePolicy=   config_parse_image_policy (254)
//
// In the fragment that makes LoadState bad-setting, with the last two lines error.
void end_at_fatal_setting(UnitFile& file, const SpecifierTable& specifiers,
                          unsigned systemd_version);

}  // namespace ollama_gpu
