// Spike's execution log and commit log, written instruction by instruction.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cpu/hart.hpp"
#include "cpu/isa/insn.hpp"

namespace rvx {

struct CommitLogOptions {
  bool instructions = false;  // -l: "core   0: 0x%016x (0x%08x) disasm"
  bool commits = false;       // --log-commits: "core   0: 3 0x<pc> (0x<insn>) x5  0x... mem 0x..."
  // Name of the function that starts exactly at `pc`, or empty: gives the ">>>>  name" lines of -l.
  std::function<std::string(uint64_t pc)> symbol_at;
};

// What a line tells, in Spike's order: registers and CSRs by number, addresses of loads, addresses
// and values of stores. An instruction that writes a register is listed even when the value stays.
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
  // One instruction on its way.
  struct Pending {
    isa::Insn insn;
    uint64_t pc = 0;
    Priv priv = Priv::kM;
    uint64_t rs1 = 0, rs2 = 0, rd = 0;  // values of integer registers
    uint64_t fs2 = 0;
    uint64_t mstatus = 0;
    uint64_t fflags = 0;  // taken away for the instruction, so that its own can be told
    bool owns_fflags = false;
  };
  // -l counts an instruction that is repeated at once instead of writing it again.
  struct Repeated {
    uint64_t pc = ~uint64_t{0};
    uint32_t bits = 0;
    uint64_t times = 1;
  };
  // What Spike's commit lines sort by: number << 4 | kind of register. And the value.
  using Write = std::pair<unsigned, uint64_t>;

  void log_instruction(Hart& hart);
  void log_commit(Hart& hart, uint64_t raised_fflags);
  [[nodiscard]] std::vector<Write> register_writes(Hart& hart, uint64_t raised_fflags) const;
  void add_csr(Hart& hart, unsigned number, std::vector<Write>& writes) const;
  void append_memory(Hart& hart, std::string& line) const;

  CommitLogOptions options_;
  std::FILE* out_;
  Pending pending_;
  std::vector<Repeated> repeated_;  // by hart
};

}  // namespace rvx
