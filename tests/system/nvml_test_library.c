/* SPDX-License-Identifier: MIT */
/* A few of NVML's functions, for the tests of the adapter that loads it. What it plays is said by
   the environment variable NVML_TEST: "" (two GPUs, the second one lost), "mismatch", "no-driver",
   "many-processes", "mig", "none" (no GPU), "no-permission" (each GPU), "v2" (memory as newer
   drivers tell it). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory {
  unsigned long long total, free, used;
};
struct memory_v2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};
struct pci {
  char legacy[16];
  unsigned domain, bus, device, ids[2];
  char id[32];
};
struct process {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance, compute_instance;
};

static int devices[8];

static int plays(const char* what) {
  const char* text = getenv("NVML_TEST");
  return text != NULL && strcmp(text, what) == 0;
}

static int index_of(const void* device) { return (int)((const int*)device - devices); }

/* As NVIDIA's does, it learns of GPUs when it is initialised. */
static unsigned known;

int nvmlInit_v2(void) {
  known = plays("none") ? 0 : 2;
  return plays("mismatch") ? 18 : plays("no-driver") ? 9 : 0;
}

/* The unversioned function is the old one: it must not be taken. */
int nvmlInit(void) { return 999; }

int nvmlShutdown(void) { return 0; }

const char* nvmlErrorString(int code) { return code == 999 ? "Unknown Error" : "words"; }

int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  snprintf(text, size, "550.54.14");
  return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = known;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (plays("no-permission")) return 4;
  if (index == 1) return 15;
  *device = &devices[index];
  return 0;
}

int nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  snprintf(text, size, "%s-%08d", index_of(device) >= 4 ? "MIG" : "GPU", index_of(device));
  return 0;
}

int nvmlDeviceGetName(void* device, char* text, unsigned size) {
  (void)device;
  snprintf(text, size, "NVIDIA Test");
  return 0;
}

int nvmlDeviceGetPciInfo_v3(void* device, struct pci* info) {
  (void)device;
  memset(info, 0, sizeof *info);
  info->domain = 0x10;
  info->bus = 0xAB;
  info->device = 0x1C;
  return 0;
}

int nvmlDeviceGetMemoryInfo(void* device, struct memory* info) {
  (void)device;
  info->total = 25769803776ULL;
  info->used = 1073741824ULL;
  info->free = info->total - info->used;
  return 0;
}

int nvmlDeviceGetMemoryInfo_v2(void* device, struct memory_v2* info) {
  (void)device;
  if (!plays("v2")) return 3;                                /* an older driver: not supported */
  if (info->version != (sizeof *info | 2U << 24)) return 25; /* version mismatch */
  info->total = 25769803776ULL;
  info->reserved = 644245094ULL;
  info->used = 1024ULL;
  info->free = info->total - info->reserved - info->used;
  return 0;
}

int nvmlSystemGetNVMLVersion(char* text, unsigned size) {
  snprintf(text, size, "12.535.161.08");
  return 0;
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  (void)device;
  *milliwatts = 62500;
  return 0;
}

int nvmlDeviceGetDisplayActive(void* device, int* active) {
  (void)device;
  *active = 1;
  return 0;
}

/* Not supported by this GPU. */
int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius) {
  (void)device;
  (void)sensor;
  (void)celsius;
  return 3;
}

int nvmlDeviceGetCudaComputeCapability(void* device, int* major, int* minor) {
  (void)device;
  *major = 8;
  *minor = 9;
  return 0;
}

int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  (void)device;
  *current = *pending = plays("mig") ? 1 : 0;
  return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(void* device, unsigned* count) {
  (void)device;
  *count = 3;
  return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned index, void** mig) {
  (void)device;
  if (index == 1) return 6; /* NOT_FOUND: an empty slot */
  *mig = &devices[4 + index];
  return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, struct process* list) {
  unsigned total = plays("many-processes") ? 500 : 2;
  unsigned i;
  (void)device;
  if (*count < total) {
    *count = total;
    return 7;
  }
  for (i = 0; i < total; ++i) {
    list[i].pid = 100 + i;
    list[i].memory = i == 1 && index_of(device) < 4 ? ~0ULL : 1024ULL * (i + 1);
  }
  *count = total;
  return 0;
}

struct sample {
  unsigned pid;
  unsigned long long time_stamp;
  unsigned sm, memory, encoder, decoder;
};

/* Process 100 twice, and one that is not listed. */
int nvmlDeviceGetProcessUtilization(void* device, struct sample* list, unsigned* count,
                                    unsigned long long last_seen) {
  static const struct sample kSamples[3] = {
      {100, 1, 20, 0, 0, 0}, {100, 2, 35, 0, 0, 0}, {4242, 3, 90, 0, 0, 0}};
  unsigned i;
  (void)device;
  if (plays("mig")) return 3;
  if (plays("no-samples") || last_seen == 0 || *count < 3) return 6;
  for (i = 0; i < 3; ++i) list[i] = kSamples[i];
  *count = 3;
  return 0;
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void* device, unsigned* count, struct process* list) {
  (void)device;
  list[0].pid = 100; /* computes as well */
  list[0].memory = 7;
  list[1].pid = 7;
  list[1].memory = 77;
  *count = 2;
  return 0;
}
