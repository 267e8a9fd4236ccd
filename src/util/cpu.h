/* What the machine has. */
#ifndef PUM_UTIL_CPU_H
#define PUM_UTIL_CPU_H

#include <stddef.h>
#include <stdint.h>

/* x86-64 micro-architecture levels: code for a level runs on every CPU that has it. Other architectures: PUM_ISA_BASE. */
enum pum_isa { PUM_ISA_BASE, PUM_ISA_V2, PUM_ISA_V3, PUM_ISA_V4, PUM_ISA_COUNT };

/* The level to use: the highest the CPU and the OS have, or PUMICE_ISA if that is lower. Constant during the process. */
enum pum_isa pum_cpu_isa(void);
const char *pum_isa_name(enum pum_isa isa); /* "x86-64-v4" */
/* Vendor, family and model as text, without regard to what the environment asks for. */
void pum_cpu_identity(char *text, size_t size_B);
/* min(affinity mask, cgroup v1/v2 cpu quota rounded up), at least 1. */
uint32_t pum_cpu_count(void);
/* min(physical memory, cgroup limit), bytes. */
uint64_t pum_memory_limit_B(void);
/* What could be touched now without the system running out, by its own estimate; UINT64_MAX if it does not say. */
uint64_t pum_memory_available_B(void);

#endif
