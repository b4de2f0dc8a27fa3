// Spike's execution log and commit log, written instruction by instruction.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

#include "cpu/hart.hpp"

namespace rvx {

struct CommitLogOptions {
  bool instructions = false;  // -l: "core   0: 0x%016x (0x%08x) disasm"
  bool commits = false;       // --log-commits: "core   0: 3 0x<pc> (0x<insn>) x5  0x... mem 0x..."
  // Name of the function that starts exactly at `pc`, or empty: gives the ">>>>  name" lines of -l.
  std::function<std::string(uint64_t pc)> symbol_at;
};

class CommitLog {
 public:
  // `out` is not owned.
  CommitLog(CommitLogOptions options, std::FILE* out) : options_(std::move(options)), out_(out) {}

  // Before the instruction at s.pc is executed: remembers what it may change.
  void before(Hart& hart);
  // After it retired. A trapping instruction leaves no commit line; `exception` is then true.
  void after(Hart& hart, bool exception);
  // A trap was taken by `hart`: mcause-style cause, the pc it happened at and its value, for -l's
  // "exception ..." lines.
  void trap(Hart& hart, uint64_t cause, uint64_t pc, uint64_t value);

 private:
  CommitLogOptions options_;
  std::FILE* out_;
};

}  // namespace rvx
