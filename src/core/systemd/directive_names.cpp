// SPDX-License-Identifier: MIT
#include "core/systemd/directive_names.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

// systemd --dump-configuration-items, of 252 and 257 together; obsolete ones too.
// clang-format off
constexpr std::string_view kUnitNames =
    "After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure "
    "AssertCPUs AssertCapability AssertControlGroupController AssertCredential "
    "AssertDirectoryNotEmpty AssertEnvironment AssertFileIsExecutable AssertFileNotEmpty "
    "AssertFirstBoot AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine "
    "AssertKernelVersion AssertMemory AssertMemoryPressure AssertNeedsUpdate AssertOSRelease "
    "AssertPathExists AssertPathExistsGlob AssertPathIsDirectory AssertPathIsEncrypted "
    "AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSymbolicLink AssertSecurity "
    "AssertUser AssertVirtualization Before BindTo BindsTo CollectMode ConditionACPower "
    "ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs "
    "ConditionCapability ConditionControlGroupController ConditionCredential "
    "ConditionDirectoryNotEmpty ConditionEnvironment ConditionFileIsExecutable "
    "ConditionFileNotEmpty ConditionFirmware ConditionFirstBoot ConditionGroup ConditionHost "
    "ConditionIOPressure ConditionKernelCommandLine ConditionKernelVersion ConditionMemory "
    "ConditionMemoryPressure ConditionNeedsUpdate ConditionOSRelease ConditionPathExists "
    "ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsEncrypted "
    "ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSymbolicLink "
    "ConditionSecurity ConditionUser ConditionVirtualization Conflicts DefaultDependencies "
    "Description Documentation FailureAction FailureActionExitStatus IgnoreOnIsolate "
    "JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf "
    "OnFailure OnFailureIsolate OnFailureJobMode OnSuccess OnSuccessJobMode PartOf "
    "PropagateReloadFrom PropagateReloadTo PropagatesReloadTo PropagatesStopTo RebootArgument "
    "RefuseManualStart RefuseManualStop ReloadPropagatedFrom Requires RequiresMountsFor "
    "RequiresOverridable Requisite RequisiteOverridable SourcePath StartLimitAction "
    "StartLimitBurst StartLimitInterval StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded "
    "SuccessAction SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor ";
constexpr std::string_view kServiceNames =
    "AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFProgram BindLogSockets "
    "BindPaths BindReadOnlyPaths BlockIOAccounting BlockIODeviceWeight BlockIOReadBandwidth "
    "BlockIOWeight BlockIOWriteBandwidth BusName CPUAccounting CPUAffinity CPUQuota "
    "CPUQuotaPeriodSec CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork "
    "CPUShares CPUWeight CacheDirectory CacheDirectoryMode CapabilityBoundingSet "
    "ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter CoredumpReceive "
    "DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow Delegate DelegateSubgroup "
    "DeviceAllow DevicePolicy DisableControllers DynamicUser Environment EnvironmentFile "
    "ExecCondition ExecPaths ExecReload ExecSearchPath ExecStart ExecStartPost ExecStartPre "
    "ExecStop ExecStopPost ExitType ExtensionDirectories ExtensionImagePolicy ExtensionImages "
    "FailureAction FileDescriptorStoreMax FileDescriptorStorePreserve FinalKillSignal Group "
    "GuessMainPID IOAccounting IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax "
    "IOReadIOPSMax IOSchedulingClass IOSchedulingPriority IOWeight IOWriteBandwidthMax "
    "IOWriteIOPSMax IPAccounting IPAddressAllow IPAddressDeny IPCNamespacePath IPEgressFilterPath "
    "IPIngressFilterPath IgnoreSIGPIPE ImportCredential InaccessibleDirectories InaccessiblePaths "
    "KeyringMode KillMode KillSignal LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS "
    "LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME "
    "LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality "
    "LogExtraFields LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst "
    "LogRateLimitIntervalSec LogsDirectory LogsDirectoryMode ManagedOOMMemoryPressure "
    "ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference "
    "ManagedOOMSwap MemoryAccounting MemoryDenyWriteExecute MemoryHigh MemoryKSM MemoryLimit "
    "MemoryLow MemoryMax MemoryMin MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax "
    "MemoryZSwapMax MemoryZSwapWriteback MountAPIVFS MountFlags MountImagePolicy MountImages "
    "NFTSet NUMAMask NUMAPolicy NetworkNamespacePath Nice NoExecPaths NoNewPrivileges NonBlocking "
    "NotifyAccess OOMPolicy OOMScoreAdjust OpenFile PAMName PIDFile PassEnvironment "
    "PermissionsStartOnly Personality PrivateDevices PrivateIPC PrivateMounts PrivateNetwork "
    "PrivatePIDs PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome "
    "ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc "
    "ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths "
    "RebootArgument ReloadSignal RemainAfterExit RemoveIPC Restart RestartForceExitStatus "
    "RestartKillSignal RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec "
    "RestartSteps RestrictAddressFamilies RestrictFileSystems RestrictNamespaces "
    "RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID RootDirectory "
    "RootDirectoryStartOnly RootEphemeral RootHash RootHashSignature RootImage RootImageOptions "
    "RootImagePolicy RootVerity RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve "
    "RuntimeMaxSec RuntimeRandomizedExtraSec SELinuxContext SecureBits SendSIGHUP SendSIGKILL "
    "SetCredential SetCredentialEncrypted SetLoginEnvironment Slice SmackProcessLabel "
    "SocketBindAllow SocketBindDeny Sockets StandardError StandardInput StandardInputData "
    "StandardInputText StandardOutput StartLimitAction StartLimitBurst StartLimitInterval "
    "StartupAllowedCPUs StartupAllowedMemoryNodes StartupBlockIOWeight StartupCPUShares "
    "StartupCPUWeight StartupIOWeight StartupMemoryHigh StartupMemoryLow StartupMemoryMax "
    "StartupMemorySwapMax StartupMemoryZSwapMax StateDirectory StateDirectoryMode "
    "SuccessExitStatus SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel "
    "SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter "
    "SystemCallLog TTYColumns TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate TasksAccounting "
    "TasksMax TemporaryFileSystem TimeoutAbortSec TimeoutCleanSec TimeoutSec "
    "TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec TimerSlackNSec "
    "Type UMask USBFunctionDescriptors USBFunctionStrings UnsetEnvironment User UtmpIdentifier "
    "UtmpMode WatchdogSec WatchdogSignal WorkingDirectory ";
constexpr std::string_view kInstallNames =
    "Alias Also DefaultInstance RequiredBy UpheldBy WantedBy ";
// clang-format on

std::string_view names_in(std::string_view section) {
  if (section == "Unit") return kUnitNames;
  if (section == "Service") return kServiceNames;
  return section == "Install" ? kInstallNames : std::string_view();
}

}  // namespace

DirectiveName look_up_directive(std::string_view section, std::string_view key, unsigned version) {
  const auto is_part = [](char c) { return is_letter_or_digit(c) || c == '-'; };
  if (key.empty() || !std::ranges::all_of(key, is_part)) return DirectiveName::unknown;
  if (key.starts_with("X-")) return DirectiveName::known;
  const std::string_view names = names_in(section);
  for (std::size_t at = 0; (at = names.find(key, at)) != names.npos; at += key.size()) {
    const bool starts = at == 0 || names[at - 1] == ' ';
    if (starts && names[at + key.size()] == ' ') return DirectiveName::known;
  }
  if (key.front() < 'A' || key.front() > 'Z') return DirectiveName::unknown;
  return version <= kNewestListed ? DirectiveName::unknown : DirectiveName::maybe_newer;
}

}  // namespace ollama_gpu
