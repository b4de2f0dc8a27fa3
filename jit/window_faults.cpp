// SIGSEGV in generated code: the host's MMU says that a window does not have a page.
#include "jit/window_faults.hpp"

#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <new>

namespace rvx::jit {
namespace {

constexpr size_t kMaxTables = 256;
std::array<std::atomic<const WindowFaults*>, kMaxTables> tables;
struct sigaction before;

void on_fault(int number, siginfo_t* info, void* context) {
  auto& rip = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  for (const auto& slot : tables) {
    const WindowFaults* table = slot.load(std::memory_order_acquire);
    if (table == nullptr) continue;
    if (const uint64_t stub = table->stub_of(static_cast<uint64_t>(rip)); stub != 0) {
      rip = static_cast<greg_t>(stub);
      return;
    }
  }
  // Not ours: it happens again, and is treated as without us.
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) before.sa_sigaction(number, info, context);
  else sigaction(SIGSEGV, &before, nullptr);
}

void install() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &before);
}

}  // namespace

WindowFaults::WindowFaults(const uint8_t* code, size_t size) : code_(reinterpret_cast<uint64_t>(code)), size_(size) {
  static std::once_flag once;
  std::call_once(once, install);
  for (auto& slot : tables) {
    const WindowFaults* nobody = nullptr;
    if (slot.compare_exchange_strong(nobody, this)) return;
  }
  throw std::bad_alloc();
}

WindowFaults::~WindowFaults() {
  for (auto& slot : tables)
    if (slot.load() == this) slot.store(nullptr);
}

uint64_t WindowFaults::stub_of(uint64_t address) const noexcept {
  if (address - code_ >= size_) return 0;
  const auto at = static_cast<uint32_t>(address - code_);
  const auto found = std::lower_bound(accesses_.begin(), accesses_.end(), at, [](const Access& a, uint32_t b) { return a.at < b; });
  return found != accesses_.end() && found->at == at ? code_ + found->stub : 0;
}

}  // namespace rvx::jit
