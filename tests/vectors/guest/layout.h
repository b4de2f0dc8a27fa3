// What the generator writes into a test program and the driver inside reads: addresses and tables.
#pragma once

#include <stdint.h>

enum {
  kVectorsImage = 0x80400000,    // header, tables, operands and generated code
  kVectorsCodeEnd = 0x80c00000,  // of header and code: the rest follows
  kVectorsImageEnd = 0x81000000,
  kVectorsOut = 0x81000000,  // records of one case
  kVectorsOutEnd = 0x81800000,
  kVectorsSandbox = 0x81800000,  // memory that cases load from and store to
  kVectorsSandboxBytes = 0x6000,
  // Where paging is on, from these offsets the sandbox cannot be written or is not there.
  kVectorsSandboxReadOnly = 0x3000,
  kVectorsSandboxAbsent = 0x4000,
};

// What the program prints.
enum VectorsMode {
  kVectorsGroups,   // "G index records traps strays hash" for each group
  kVectorsCases,    // "C index records traps strays hash" for each case of one group
  kVectorsRecords,  // "R index word..." for each record of one case, for blocks "M address word"
  kVectorsRecordsAfter,  // the same after all cases before it
};

// Addresses are guest addresses.
struct VectorsHeader {
  uint64_t mode;
  uint64_t wanted;    // group or case, by mode
  uint64_t is_paged;  // cases run in S-mode with paging instead of M-mode
  uint64_t group_count;
  uint64_t groups;
  uint64_t cases;
  // Filled in by the driver: generated code starts with the first three and leaves through the
  // fourth.
  uint64_t in;
  uint64_t out;
  uint64_t end;  // of the input
  uint64_t exit;
};

struct VectorsGroup {
  uint32_t first_case;
  uint32_t case_count;
};

// Code that runs one instruction on `count` operand vectors in turn.
struct VectorsCase {
  uint64_t entry;
  uint64_t insn;  // the only place where traps are no surprise,
  uint64_t insn_end;
  uint64_t in;
  uint32_t count;
  uint32_t in_bytes;     // of a vector
  uint32_t out_bytes;    // of a record: at least kVectorsRecordHead
  uint8_t out_register;  // holds the address of the current record
  uint8_t is_block;      // there are several instructions there, and the sandbox is a result
  uint8_t frm;
  uint8_t fs;  // mstatus.FS
};

// A record begins with the trap that the vector caused, or two zeros: one of these with mcause in
// the low half, then mtval. Results follow. Of a block this is the last trap, and the second word a
// hash of all.
enum { kVectorsRecordHead = 16 };
#define VECTORS_TRAP (1ull << 32)
#define VECTORS_STRAY_TRAP (2ull << 32)  // elsewhere: the case was given up; mepc instead of mtval
