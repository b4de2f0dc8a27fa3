// Page tables for cases that run in S-mode: code and memory lie elsewhere than their addresses say.
#include "paging.h"
#include "lib/rt.h"

enum {
  kPage = 4096,
  kLeaf = 2 << 20,  // bytes that one table of 4 KiB pages covers
  kCodeTables = (kVectorsCodeEnd - kVectorsImage) / kLeaf,
  kCopy = 0x82000000,  // of the code
};

// A and D are set: whether hardware sets them is not the question here.
enum {
  V = 1,
  R = 2,
  W = 4,
  X = 8,
  AD = 0xc0,
  kReadOnly = V | R | AD,
  kData = V | R | W | AD,
  kCode = V | R | W | X | AD
};

static uint64_t root[512] __attribute__((aligned(kPage)));
static uint64_t middle[512] __attribute__((aligned(kPage)));
static uint64_t code[kCodeTables][512] __attribute__((aligned(kPage)));
static uint64_t memory[512] __attribute__((aligned(kPage)));

static uint64_t entry(uint64_t physical, uint64_t flags) { return physical >> 12 << 10 | flags; }

static uint64_t middle_index(uint64_t address) { return address >> 21 & 511; }

// Neighbouring pages change places, so that an instruction over two pages is in two places.
static void map_code(void) {
  for (uint64_t i = 0; i < kCodeTables * 512; ++i) {
    const uint64_t address = kVectorsImage + i * kPage;
    const uint64_t physical = kCopy + (i ^ 1) * kPage;
    memcpy((void*)physical, (const void*)address, kPage);
    code[i / 512][i % 512] = entry(physical, kCode);
  }
  code[0][0] = entry(kVectorsImage, kData);  // the header, which the driver writes
  for (uint64_t i = 0; i < kCodeTables; ++i) {
    middle[middle_index(kVectorsImage) + i] = entry((uint64_t)code[i], V);
  }
}

// Backwards; the last pages cannot be written or are not there.
static void map_sandbox(void) {
  const uint64_t pages = kVectorsSandboxBytes / kPage;
  for (uint64_t i = 0; i * kPage < kVectorsSandboxAbsent; ++i) {
    const uint64_t flags = i * kPage < kVectorsSandboxReadOnly ? kData : kReadOnly;
    memory[i] = entry(kVectorsSandbox + (pages - 1 - i) * kPage, flags);
  }
  middle[middle_index(kVectorsSandbox)] = entry((uint64_t)memory, V);
}

void start_paging(void) {
  map_code();
  map_sandbox();
  middle[0] = entry(0x80000000, V | R | X | AD);  // the driver: the way out
  for (uint64_t at = kVectorsCodeEnd; at < kVectorsOut; at += kLeaf) {
    middle[middle_index(at)] = entry(at, kReadOnly);
  }
  for (uint64_t at = kVectorsOut; at < kVectorsOutEnd; at += kLeaf) {
    middle[middle_index(at)] = entry(at, kData);
  }
  root[2] = entry((uint64_t)middle, V);

  const uint64_t everything = 0x1f;  // one PMP entry: NAPOT, RWX
  const uint64_t cache_block_instructions = 0xf0;
  const uint64_t sv39 = 8ull << 60;
  __asm__ volatile("csrw pmpaddr0, %0" ::"r"(~0ull >> 10));
  __asm__ volatile("csrw pmpcfg0, %0" ::"r"(everything));
  __asm__ volatile("csrs 0x30a, %0" ::"r"(cache_block_instructions));  // menvcfg
  __asm__ volatile("csrw satp, %0\n\tsfence.vma" ::"r"(sv39 | (uint64_t)root >> 12) : "memory");
}
