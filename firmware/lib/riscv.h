// The privileged architecture's names for guest programs: CSR access, bits, causes, PTEs.
#pragma once

#include <stdint.h>

// CSRs by name or number, written as constants: CSR_READ(mstatus), CSR_WRITE(0x14d, value).
#define CSR_READ(csr) ({ uint64_t v_; asm volatile("csrr %0, " #csr : "=r"(v_)::"memory"); v_; })
#define CSR_WRITE(csr, value) ({ asm volatile("csrw " #csr ", %0" ::"r"((uint64_t)(value)) : "memory"); })
#define CSR_SET(csr, bits) ({ asm volatile("csrs " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory"); })
#define CSR_CLEAR(csr, bits) ({ asm volatile("csrc " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory"); })
#define CSR_SWAP(csr, value) \
  ({ uint64_t v_; asm volatile("csrrw %0, " #csr ", %1" : "=r"(v_) : "r"((uint64_t)(value)) : "memory"); v_; })

// mstatus and sstatus.
enum : uint64_t {
  kSIE = 1 << 1, kMIE = 1 << 3, kSPIE = 1 << 5, kMPIE = 1 << 7, kSPP = 1 << 8, kMPP = 3 << 11,
  kMppS = 1 << 11, kMppM = 3 << 11, kFS = 3 << 13, kFsInitial = 1 << 13, kFsClean = 2 << 13, kFsDirty = 3 << 13,
  kMPRV = 1 << 17, kSUM = 1 << 18, kMXR = 1 << 19, kTVM = 1 << 20, kTW = 1 << 21, kTSR = 1 << 22,
  kUxl64 = 2ull << 32, kSxl64 = 2ull << 34, kSD = 1ull << 63,
};

// menvcfg and senvcfg.
enum : uint64_t {
  kFIOM = 1, kCbieFlush = 1 << 4, kCbieInval = 3 << 4, kCBCFE = 1 << 6, kCBZE = 1 << 7,
  kADUE = 1ull << 61, kPBMTE = 1ull << 62, kSTCE = 1ull << 63,
};

// mie, mip, mideleg.
enum : uint64_t { kSSI = 1 << 1, kMSI = 1 << 3, kSTI = 1 << 5, kMTI = 1 << 7, kSEI = 1 << 9, kMEI = 1 << 11, kLCOFI = 1 << 13 };

// mcause.
enum Cause : uint64_t {
  kFetchMisaligned = 0, kFetchAccessFault = 1, kIllegalInstruction = 2, kBreakpoint = 3,
  kLoadMisaligned = 4, kLoadAccessFault = 5, kStoreMisaligned = 6, kStoreAccessFault = 7,
  kEcallU = 8, kEcallS = 9, kEcallM = 11, kFetchPageFault = 12, kLoadPageFault = 13, kStorePageFault = 15,
  kInterrupt = 1ull << 63,
  kSupervisorSoftware = kInterrupt | 1, kMachineSoftware = kInterrupt | 3, kSupervisorTimer = kInterrupt | 5,
  kMachineTimer = kInterrupt | 7, kSupervisorExternal = kInterrupt | 9, kMachineExternal = kInterrupt | 11,
  kCounterOverflow = kInterrupt | 13,
};

// Page-table entries.
enum : uint64_t {
  kV = 1, kR = 2, kW = 4, kX = 8, kUser = 16, kGlobal = 32, kA = 64, kD = 128,
  kPbmtNc = 1ull << 61, kPbmtIo = 2ull << 61, kPbmtReserved = 3ull << 61, kN = 1ull << 63,
  kPageRW = kV | kR | kW | kA | kD, kPageRWX = kPageRW | kX, kPageRX = kV | kR | kX | kA, kPageR = kV | kR | kA,
};
enum : uint64_t { kPage = 4096, kMega = 2ull << 20, kGiga = 1ull << 30 };
constexpr uint64_t pte_for(uint64_t physical, uint64_t flags) { return physical >> 12 << 10 | flags; }

enum SatpMode : uint64_t { kBare = 0, kSv39 = 8, kSv48 = 9, kSv57 = 10 };

// pmpcfg.
enum : uint8_t { kPmpR = 1, kPmpW = 2, kPmpX = 4, kPmpTor = 8, kPmpNa4 = 16, kPmpNapot = 24, kPmpLocked = 128 };

inline void fence_i() { asm volatile("fence.i" ::: "memory"); }
inline void sfence_vma() { asm volatile("sfence.vma" ::: "memory"); }

// mhpmevent, and without OF mcyclecfg and minstretcfg.
enum : uint64_t { kOF = 1ull << 63, kMINH = 1ull << 62, kSINH = 1ull << 61, kUINH = 1ull << 60 };
