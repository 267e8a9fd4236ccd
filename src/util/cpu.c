#include "util/cpu.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/platform/x86.h>
#endif

#include "util/env.h"

#if defined(__x86_64__)
#define ACTIVE(name) is_active(x86_cpu_##name)
/* As CPU_FEATURE_ACTIVE of the C library, which shifts a signed 1 into the sign. */
static bool
is_active(unsigned index)
{
    return __x86_get_cpuid_feature_leaf(index / 128)->active_array[index % 128 / 32] >> index % 32 & 1u;
}

/* Asks what the C library found when the process started, the state that the system saves included: the instruction itself leaves a virtual
 * machine each time, which costs 10 us and more. (That rules out __builtin_cpu_supports, whose constructor asks a dozen times.) */
static enum pum_isa
detect_isa(void)
{
    if (ACTIVE(AVX512F) && ACTIVE(AVX512BW) && ACTIVE(AVX512CD) && ACTIVE(AVX512DQ) && ACTIVE(AVX512VL) && ACTIVE(FMA)) {
        return PUM_ISA_V4;
    }
    if (ACTIVE(AVX2) && ACTIVE(FMA) && ACTIVE(BMI1) && ACTIVE(BMI2)) {
        return PUM_ISA_V3;
    }
    return ACTIVE(SSE4_2) && ACTIVE(POPCNT) ? PUM_ISA_V2 : PUM_ISA_BASE;
}
#else
static enum pum_isa
detect_isa(void)
{
    return PUM_ISA_BASE;
}
#endif

enum pum_isa
pum_cpu_isa(void)
{
    static int cached = -1;
    int isa = __atomic_load_n(&cached, __ATOMIC_RELAXED);
    if (isa < 0) {
        isa = (int)detect_isa();
        const int wanted = pum_env_get()->isa;
        if (wanted && wanted - 1 < isa) {
            isa = wanted - 1; /* v2 = PUM_ISA_V2 = 1 */
        }
        __atomic_store_n(&cached, isa, __ATOMIC_RELAXED);
    }
    return (enum pum_isa)isa;
}

void
pum_cpu_identity(char *text, size_t size_B)
{
    unsigned a = 0, b = 0, c = 0, d = 0, signature = 0;
#if defined(__x86_64__)
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(CPUID_INDEX_1);
    signature = leaf->cpuid_array[0] & 0x0fff0ff0u; /* eax: family and model with their extensions, without the stepping */
    __cpuid(0, a, b, c, d);
    (void)a;
#endif
    snprintf(text, size_B, "%08x%08x%08x %08x", b, d, c, signature);
}

const char *
pum_isa_name(enum pum_isa isa)
{
    static const char *const names[PUM_ISA_COUNT] = {"baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    return names[isa];
}

/* Two numbers "quota period" of a cgroup v2 file; "max" = no limit. */
static bool
read_pair(const char *path, double *a, double *b)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        return false;
    }
    const int n = fscanf(f, "%lf %lf", a, b);
    fclose(f);
    return n >= 1;
}

/* Calls fn for each folder from this process's cgroup up to the root. */
static void
for_each_cgroup(void (*fn)(const char *folder, void *arg), void *arg)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char line[512], path[700];
    if (f) {
        while (fgets(line, sizeof(line), f)) {
            line[strcspn(line, "\n")] = 0;
            if (strncmp(line, "0::", 3) != 0) {
                continue;
            }
            snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
            for (;;) {
                fn(path, arg);
                char *slash = strrchr(path, '/');
                if (!slash || slash - path < (long)strlen("/sys/fs/cgroup")) {
                    break;
                }
                *slash = 0;
            }
        }
        fclose(f);
    }
}

static void
cpu_quota(const char *folder, void *arg)
{
    double *cpus = arg, quota, period = 100000;
    char path[800];
    snprintf(path, sizeof(path), "%s/cpu.max", folder);
    if (read_pair(path, &quota, &period) && quota > 0 && period > 0 && quota / period < *cpus) {
        *cpus = quota / period;
    }
}

static void
memory_limit(const char *folder, void *arg)
{
    double *limit = arg, value, unused;
    char path[800];
    snprintf(path, sizeof(path), "%s/memory.max", folder);
    if (read_pair(path, &value, &unused) && value > 0 && value < *limit) {
        *limit = value;
    }
}

uint32_t
pum_cpu_count(void)
{
    double cpus = 1;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        cpus = CPU_COUNT(&set);
    } else {
        const long n = sysconf(_SC_NPROCESSORS_ONLN);
        cpus = n > 0 ? (double)n : 1;
    }
    for_each_cgroup(cpu_quota, &cpus);
    double quota, period; /* cgroup v1 */
    double unused;
    if (read_pair("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &quota, &unused) && quota > 0 &&
        read_pair("/sys/fs/cgroup/cpu/cpu.cfs_period_us", &period, &unused) && period > 0 && quota / period < cpus) {
        cpus = quota / period;
    }
    const uint32_t n = (uint32_t)cpus;
    return n + (cpus > n) > 0 ? n + (cpus > n) : 1;
}

/* A file of this process's group in the memory controller of version 1, or of the root that a container sees. */
static bool
read_memory_v1(const char *file, double *value)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char line[512], path[800];
    double unused;
    bool found = false;
    while (f && !found && fgets(line, sizeof(line), f)) {
        const char *group = strstr(line, ":memory:");
        if (group) {
            line[strcspn(line, "\n")] = 0;
            snprintf(path, sizeof(path), "/sys/fs/cgroup/memory%s/%s", group + strlen(":memory:"), file);
            found = read_pair(path, value, &unused);
        }
    }
    if (f) {
        fclose(f);
    }
    snprintf(path, sizeof(path), "/sys/fs/cgroup/memory/%s", file);
    return found || read_pair(path, value, &unused);
}

uint64_t
pum_memory_limit_B(void)
{
    double limit = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    for_each_cgroup(memory_limit, &limit);
    double value;
    if (read_memory_v1("memory.limit_in_bytes", &value) && value > 0 && value < limit) {
        limit = value;
    }
    return (uint64_t)limit;
}

/* The number behind `key` at the start of a line. */
static bool
read_key(const char *path, const char *key, double *value)
{
    FILE *f = fopen(path, "re");
    char line[256];
    bool found = false;
    const size_t n = strlen(key);
    while (f && !found && fgets(line, sizeof(line), f)) {
        found = strncmp(line, key, n) == 0 && sscanf(line + n, "%lf", value) == 1;
    }
    if (f) {
        fclose(f);
    }
    return found;
}

static void
memory_left(const char *folder, void *arg)
{
    double *left = arg, limit, used, cache = 0, unused;
    char path[800];
    snprintf(path, sizeof(path), "%s/memory.max", folder);
    if (!read_pair(path, &limit, &unused) || limit <= 0) {
        return;
    }
    snprintf(path, sizeof(path), "%s/memory.current", folder);
    if (!read_pair(path, &used, &unused)) {
        return;
    }
    snprintf(path, sizeof(path), "%s/memory.stat", folder);
    read_key(path, "inactive_file ", &cache); /* given back before anybody is killed */
    const double free_B = limit - used + cache;
    if (free_B < *left) {
        *left = free_B > 0 ? free_B : 0;
    }
}

uint64_t
pum_memory_available_B(void)
{
    double left = 0x1p63, kib;
    if (read_key("/proc/meminfo", "MemAvailable:", &kib)) {
        left = kib * 1024;
    }
    for_each_cgroup(memory_left, &left);
    double limit, used;
    if (read_memory_v1("memory.limit_in_bytes", &limit) && read_memory_v1("memory.usage_in_bytes", &used) && limit - used < left) {
        left = limit > used ? limit - used : 0;
    }
    return left < 0x1p63 ? (uint64_t)left : UINT64_MAX;
}
